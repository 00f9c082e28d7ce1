/* Runs src on one input, and prints what src makes of it. fuzz.py compares the text with that of a model.
 *
 * fuzz.py gives run() one of the functions that are not static, and the sections of an input. A failure is the line
 * "refused: MESSAGE". A failed assertion ends the process, as a sanitizer does. */

#include "run_input.h"

#include <sys/stat.h>

#include "../unit/parsed_options.h"
#include "core/expand.h"
#include "core/explain.h"
#include "core/plan_make.h"
#include "volume/resolve_path.h"

/* --- words ------------------------------------------------------------------------------------------ */

static void print_text(const struct text *text)
{
	assert(text->length == strlen(text->bytes));
	fprintf(seen, "%s\n", text->bytes);
}

/* CAPACITY, NUMBER, bytes to be shown. */
void show(const struct slice *sections)
{
	size_t capacity = number(sections[0]);
	unsigned value = number(sections[1]);
	struct slice shown = sections[2];
	char *buffer = keep(malloc(capacity));
	struct text text = text_in(buffer, capacity);

	text_add_quoted(&text, shown);
	print_text(&text);
	text = text_in(buffer, capacity);
	text_format(&text, "<%s> %u %o %ju %.*s", string(shown), value, value,
	            (uintmax_t)value << 20, (int)shown.length, shown.bytes);
	print_text(&text);
}

/* A number. */
void id(const struct slice *sections)
{
	uint32_t value = UINT32_MAX;

	if (id_parse(sections[0], &value))
		assert(id_is_digits(sections[0]));
	fprintf(seen, "%u", value);
}

static void print_spec(bool is_good, struct user_spec *spec, struct error *error)
{
	const struct options options = {.users = spec, .user_count = 1};
	char found[FOUND_BYTES] = "";

	if (!is_good) {
		refused(error);
		return;
	}
	append_users_and_groups(found, &options);
	fprintf(seen, "%s\n", found);
}

/* A value of --user, of gosu, of --group, of --own-from. */
void spec(const struct slice *sections)
{
	const char *text = string(sections[0]);
	struct user_spec user;
	struct user_spec owner = {.text = NULL};
	struct error error = {0};

	print_spec(spec_parse_user(text, &user, &error), &user, &error);
	print_spec(spec_parse_gosu(text, &user, &error), &user, &error);
	print_spec(spec_parse_group(text, &owner.user, &error), &owner, &error);
	print_spec(spec_parse_owner(sections[0], &owner.user, &error), &owner, &error);
}

/* Characters that no variable may hold, the environment, a value. */
void fill_in(const struct slice *sections)
{
	char *environment[WORDS];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct error error = {0};
	struct filler filler = {environment, &arena, &error, false};
	const char *signs = string(sections[0]);
	const char *result;

	split(sections[1], environment);
	result = expand(&filler, "--user", string(sections[2]), signs);
	if (result == NULL)
		refused(&error);
	else
		fprintf(seen, "%s\n", result);
	fprintf(seen, "%d", filler.has_empty);
}

/* --- accounts --------------------------------------------------------------------------------------- */

static void find(struct slice file, enum account_file kind, struct slice name, uint32_t value)
{
	struct account entry;

	for (int by_id = 0; by_id < 2; by_id++) {
		if (by_id ? account_find_id(file, kind, value, &entry)
		          : account_find_name(file, kind, name, &entry))
			fprintf(seen, "%td %u %u\n", entry.line.bytes - file.bytes, entry.uid,
			        entry.gid);
		else
			fprintf(seen, "none\n");
	}
}

/* "passwd" or "group", a name, the file: what each function finds. */
void entries(const struct slice *sections)
{
	enum account_file kind = slice_is(sections[0], "group") ? GROUP_FIELDS : PASSWD_FIELDS;
	struct slice name = sections[1], file = sections[2], rest = file;
	struct account entry;
	uint32_t gid = 0;

	while (account_next(&rest, kind, &entry)) {
		for (size_t i = 0; i < kind; i++) {
			print(entry.fields[i]);
			fprintf(seen, i + 1 < kind ? ":" : "\n");
		}
		find(file, kind, entry.name, entry.uid);
	}
	assert(rest.length == 0);
	find(file, kind, name, 0);
	fprintf(seen, "%d\n", accounts_mention(file, name));
	for (rest = file; group_next_of(&rest, name, &gid);)
		fprintf(seen, "%u ", gid);
}

static void print_file(struct slice file, const struct line_change *change)
{
	struct edited_file edited = {{file}};

	if (change->action != ACCOUNT_KEEP)
		edited = account_file_edit(file, change);
	fprintf(seen, "%c", '\0');
	for (size_t i = 0; i < COUNT(edited.pieces); i++)
		print(edited.pieces[i]);
}

/* The name, the uid, the gid or nothing, the home or nothing, group, passwd: the files with that account. */
void account(const struct slice *sections)
{
	struct slice group = sections[4], passwd = sections[5];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct account_request request = {
		.name = sections[0],
		.uid = number(sections[1]),
		.gid_given = sections[2].length > 0,
		.gid = number(sections[2]),
		.home = sections[3].length > 0 ? string(sections[3]) : NULL,
	};
	struct account_change change;
	struct error error = {0};

	if (!account_change_plan(passwd, group, &request, &arena, &change, &error)) {
		refused(&error);
		return;
	}
	fprintf(seen, "%d %u", change.by_number, change.gid);
	print_file(group, &change.group);
	print_file(passwd, &change.passwd);
}

/* --- a start ---------------------------------------------------------------------------------------- */

/* The uid, the gid, the capabilities that are permitted and bounding, the groups, the owners of paths. */
static void read_facts(const struct slice *sections, struct facts *facts)
{
	static gid_t groups[WORDS];
	static struct path_owner owners[WORDS];
	struct creds_state *creds = &facts->creds;
	struct slice rest = sections[4];

	creds->ruid = creds->euid = creds->suid = number(sections[0]);
	creds->rgid = creds->egid = creds->sgid = number(sections[1]);
	creds->effective = creds->permitted = strtoull(string(sections[2]), NULL, 10);
	creds->bounding = strtoull(string(sections[3]), NULL, 10);
	creds->groups = groups;
	while (rest.length > 0)
		groups[creds->group_count++] = number(slice_cut(&rest, '\0'));
	rest = sections[5];
	for (size_t i = 0; rest.length > 0; i++) {
		struct slice word = slice_of(string(slice_cut(&rest, '\0')));
		uint32_t uid = number(slice_cut(&word, ':'));
		uint32_t gid = number(slice_cut(&word, ':'));

		owners[i] = (struct path_owner){word, uid, gid, facts->owners};
		facts->owners = &owners[i];
	}
}

/* Prints what fuzz.py plans by: numbers, the alternatives of --user, and those of --group. */
static void print_options(const struct options *options)
{
	fprintf(seen, "%d %d %d %d %d %ju", options->action == ACTION_SETUP_ONLY,
	        options->allow_new_privs, options->allow_root, options->clear_groups,
	        options->keep_env, options->capabilities | options->tried_capabilities);
	for (size_t i = 0; i < options->user_count; i++)
		fprintf(seen, "\fu%d%s", options->users[i].may_not_be_gid_0,
		        options->users[i].text);
	for (size_t i = 0; i < options->group_count; i++) {
		const struct spec_ref *group = &options->groups[i];

		fprintf(seen, "\fg%d%d%s", group->may_not_be_gid_0, group->has_alternative,
		        group->is_path ? "@" : "");
		print(group->name);
	}
	fprintf(seen, "%c", '\0');
}

static void print_plan(const struct plan *plan)
{
	static char shown[1 << 16];
	static struct ownership_report reports[WORDS];
	struct text text = text_in(shown, sizeof(shown));
	const struct ids *ids = &plan->identity->ids;

	fprintf(seen, "%u %u", ids->uid, ids->gid);
	for (size_t i = 0; i < ids->group_count; i++)
		fprintf(seen, " %u", ids->groups[i]);
	fprintf(seen, "%c", '\0');
	for (size_t i = 0; i < plan->step_count; i++)
		fprintf(seen, "%d ", plan->steps[i].kind);
	fprintf(seen, "%c%d%d %d %d %ju", '\0', plan->creds.ids == ids, plan->creds.ids == NULL,
	        plan->creds.no_new_privs, plan->creds.keep_bounding, (uintmax_t)plan->creds.keep);
	fprintf(seen, "%c%d %d %u%c", '\0', plan->change.by_number,
	        plan->change.group.action == ACCOUNT_RENUMBER, plan->change.gid, '\0');
	print(plan->identity->name);
	fprintf(seen, "%c%s%c", '\0', plan->identity->home, '\0');
	explain_plan(plan, reports, &text);
	fprintf(seen, "%s", shown);
	for (char *const *word = plan->environment; *word != NULL; word++)
		fprintf(seen, "%c%s", '\0', *word);
}

/* The sections are those of read_facts(), the environment, the words, group and passwd. Prints the options, NUL and
 * the plan. A start as gosu has no options to print, and --help no plan. */
void start(const struct slice *sections)
{
	char *environment[WORDS];
	char *words[WORDS];
	int count = split(sections[7], words);
	struct arena arena = arena_in(memory, sizeof(memory));
	struct facts facts = {
		.environment = environment, .group = sections[8], .passwd = sections[9]};
	struct options options;
	struct gosu_options gosu_options;
	struct error error = {0};
	struct plan plan;
	bool is_good = false;

	read_facts(sections, &facts);
	split(sections[6], environment);
	if (strcmp(words[0], "gosu") == 0) {
		is_good = gosu_parse(PROGRAM_GOSU, count, words, &gosu_options, &error) &&
		          plan_make_gosu(&gosu_options, &facts, &arena, &plan, &error);
	} else if (options_parse(count, words, environment, &arena, &options, &error)) {
		if (options.action >= ACTION_HELP)
			return;
		print_options(&options);
		is_good = plan_make(&options, &facts, &arena, &plan, &error);
	}
	if (is_good)
		print_plan(&plan);
	else
		refused(&error);
}

/* --- paths ------------------------------------------------------------------------------------------ */

static void print_resolved(const struct resolved *resolved)
{
	const struct inode *inode = &resolved->inode;
	struct stat status;

	assert(!resolved->made && resolved->exists == (resolved->fd >= 0));
	fprintf(seen, "%s\n", resolved->text);
	if (!resolved->exists)
		return;
	assert(fstat(resolved->fd, &status) == 0 && fcntl(resolved->fd, F_GETFD) == FD_CLOEXEC);
	assert(inode->number == status.st_ino && inode->uid == status.st_uid &&
	       inode->mode == status.st_mode);
	fprintf(seen, "%ju %ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	close(resolved->fd);
}

/* A path: what is found by it, first if it must exist, then if it may be missing. */
void path(const struct slice *sections)
{
	const char *declared = string(sections[0]);
	struct resolved resolved;
	struct error error = {0};

	for (enum resolve_missing missing = RESOLVE_MUST_EXIST; missing <= RESOLVE_MAY_MISS;
	     missing++) {
		if (resolve(declared, missing, &resolved, &error))
			print_resolved(&resolved);
		else
			refused(&error);
		fprintf(seen, "%c", '\0');
	}
}
