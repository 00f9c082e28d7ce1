/* Included before everything else: leaves of libcap-ng what stepdown uses, which puts three sets together
 * and sets them by one capset(2). It asks the kernel nothing: what there was stepdown has seen before,
 * and what there is left it sees afterwards.
 *
 * No file can be opened. A /proc that is mounted may belong to another PID namespace, or be prepared by
 * somebody: then it tells of another process. And without it neither stdio nor malloc gets into the
 * program. What becomes useless is all that tells what a process or a file has, and the name "cap_NN" of
 * a capability that the library does not know (then it is NULL).
 *
 * capng_change_id() is not called. Only to link it, musl's account readers got in with all of
 * stdio, and part of it stayed: what exit() calls. Here it fails always. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#undef asprintf
#undef fopen
#undef open
#undef snprintf
#define asprintf(result, ...) (*(result) = NULL, -1)
#define fopen(path, mode) ((FILE *)NULL)
#define open(path, flags) (-1)
#define snprintf(buffer, ...) ((void)((buffer)[0] = '\0'))

#undef getpwuid
#undef initgroups
#undef setgroups
#undef setresgid
#undef setresuid
#define getpwuid(uid) ((struct passwd *)NULL)
#define initgroups(name, gid) (-1)
#define setgroups(count, groups) (-1)
#define setresgid(real, effective, saved) (-1)
#define setresuid(real, effective, saved) (-1)

/* Before it does anything the library looks for the kernel's last capability (7 calls), for the version
 * of capset(2), which is the third since Linux 2.6.26, and for the id of this thread, for which 0
 * stands. */
static inline int third_version(cap_user_header_t header, cap_user_data_t data)
{
	(void)data;
	header->version = _LINUX_CAPABILITY_VERSION_3;
	return 0;
}
#undef prctl
#undef syscall
#define prctl(...) 0
#define capget third_version
#define syscall(...) 0

/* The library makes ready when it is first used. What shall not happen is that each start does. */
#define constructor unused

/* As on a kernel without them: the bounding and the ambient set, securebits and no_new_privs are
 * stepdown's own business. CAPNG_SELECT_BOUNDS and _AMBIENT do nothing, and capng_lock() neither. */
#undef PR_CAPBSET_DROP
#undef PR_CAP_AMBIENT
#undef PR_SET_NO_NEW_PRIVS
#undef PR_SET_SECUREBITS
