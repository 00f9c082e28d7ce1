#ifndef STEPDOWN_TESTS_APPLY_ALONE_H
#define STEPDOWN_TESTS_APPLY_ALONE_H

#include "volume/volume.h"

/* A start that declares one path. */
static inline bool apply_alone(const struct declared_path *volume,
                               const struct ownership_request *request,
                               struct ownership_report *ret_report, struct error *error)
{
	struct volume_set set;

	volume_set_open(&set, NULL);
	return volume_apply(volume, request, &set, ret_report, error);
}

#endif
