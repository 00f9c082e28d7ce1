/* Mounts below a volume, and overlays. */
#include "scratch.h"

#include "walks.h"

/* STATX_MNT_ID and stx_mnt_id, see openat2_statx.c. */
static bool hide_mount_id(struct call *call)
{
	uint32_t *mask = (uint32_t *)call->words[4];

	if (call->number != SYS_statx)
		return false;
	let_through(call);
	*mask &= ~0x1000U;
	memset((char *)mask + 0x90, 0, sizeof(uint64_t));
	return true;
}

/* A walk of one directory reads its list and the end of the list. */
static bool count_lists(struct call *call)
{
	static unsigned lists;

	lists += call->number == SYS_getdents64;
	assert_true(lists <= 2);
	return false;
}

#define MOUNTS                                                                                     \
	"other/ other/file other/single v/ v/bound/ v/tmpfs/ v/file v/own v/bound@other "          \
	"v/file@other/single v/tmpfs@tmpfs v/tmpfs/file",                                          \
		"v"
#define MOUNTS_STAY                                                                                \
	.mounts = 3, .apps = "v v/own",                                                            \
	.roots = "other other/file other/single v/tmpfs v/tmpfs/file"

const struct walk rows[] = {
	{"S17_a_mounted_name_is_not_one_of_the_tree",
         "v/ passwd v/mounted v/name=passwd v/mounted@passwd", "v", 2, 1, 1, SKIP_HARDLINK,
         .mounts = 1, .roots = "passwd"},
	{"S19_other_mounts_stay_as_they_are", MOUNTS, 2, 2, MOUNTS_STAY},
	/* The volume is a mount itself as a rule. */
	{NULL, NULL, "v/bound", 3, 3, .options = EXCHANGED, .apps = "other other/file"},
	{"S19_before_openat2", MOUNTS, 2, 2, MOUNTS_STAY, .lacks = OPENAT2},
	{"S19_in_Linux_5.6_and_5.7", MOUNTS, 2, 2, MOUNTS_STAY, .hook = hide_mount_id},
	{"S19_with_handles_alone", MOUNTS, 2, 2, MOUNTS_STAY, .lacks = OPENAT2 | STATX | PROC},
	{"S19_with_fdinfo_alone", MOUNTS, 2, 2, MOUNTS_STAY, .lacks = OPENAT2 | STATX | HANDLES},
	{"S19_with_openat2_alone", MOUNTS, 2, 2, MOUNTS_STAY, .lacks = STATX | HANDLES | PROC},
	{"S40_no_directory_is_entered_if_mounts_are_unknown", MOUNTS, 1, 1, 1, SKIP_MOUNT_UNKNOWN,
         .lacks = OPENAT2 | STATX | HANDLES | PROC, .roots = "v/own v/bound"},
	/* The copy-up of "1" changes the ctime of the directory, so the links are counted once more. */
	{"overlay_all_names_of_a_file_of_the_image",
         "lower/ lower/v/ lower/v/a lower/v/x lower/v/1 lower/v/b=lower/v/a lower/v/y=lower/v/x "
         "lower/v/sub/ lower/v/sub/c=lower/v/a lower/foreign "
         "lower/v/sub/foreign=lower/foreign upper/ work/ merged/ merged@overlay",
         "merged/v", 9, 5, 1, SKIP_HARDLINK, .options = DRY_RUN},
	{NULL, NULL, "merged/v", 9, 8, 1, SKIP_HARDLINK, .options = ONCE,
         .apps = "merged/v merged/v/a merged/v/b merged/v/sub/c merged/v/x merged/v/y",
         .roots = "merged/v/sub/foreign"},
	{NULL, NULL, "merged/v", 9, 0, 1, SKIP_HARDLINK},
	/* The second round tries both names once more, and no other file. */
	{NULL,
         "lower/ lower/v/ lower/v/a lower/v/b=lower/v/a lower/v/single lower/v/sub/ lower/v/m/ "
         "upper/ work/ merged/ merged@overlay merged/v/m@tmpfs",
         "merged/v", 5, 0, 6, SKIP_IGNORED, .mounts = 1, .hook = ignore_changes},
	{"an_overlay_is_walked_again_only_if_a_file_is_complete",
         "lower/ lower/v/ lower/v/a lower/other=lower/v/a upper/ work/ merged/ merged@overlay",
         "merged/v", 2, 1, 1, SKIP_HARDLINK, .hook = count_lists, .apps = "merged/v"},
	/* Files of a lower directory on another file system have another device. */
	{"S19_an_overlay_of_two_file_systems_is_one_mount",
         "lower/ lower@tmpfs lower/sub/ lower/sub/file lower/file upper/ work/ merged/ "
         "merged@overlay",
         "merged", 4, 4, .lacks = OPENAT2, .apps = "*"},
	{NULL},
};
