#ifndef STEPDOWN_TESTS_APPLY_ALONE_H
#define STEPDOWN_TESTS_APPLY_ALONE_H

#include "volume/volume.h"

/* A start that declares one path. */
static inline bool apply_alone(const struct declared_path *volume,
                               const struct ownership_request *request,
                               struct ownership_report *ret_report, struct error *error)
{
	struct volume_set set;
	bool ok;

	volume_set_open(&set, NULL);
	ok = volume_apply(volume, request, &set, ret_report, error);
	if (ok && volume_waiting(&set) != NULL)
		ok = volume_finish(&set, ret_report, error);
	volume_set_close(&set);
	return ok;
}

#endif
