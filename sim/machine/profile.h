/*
 * profile.h - one real CPU generation: the value of every PARAM row of
 * params.def, each with its source and how sure we are of it.
 *
 * Profiles are libconfig files in sim/machine/profiles, embedded in the
 * program; a name with a slash in it is the user's own file.  The form is
 * that of profiles/skylake.conf; profile_load() refuses a file that lacks a
 * value, has one too many, or leaves out unit, source or confidence.
 */
#ifndef SIM_MACHINE_PROFILE_H
#define SIM_MACHINE_PROFILE_H
#include "sim/core/status.h"
#include "sim/machine/config.h"

/* Of one parameter, in the order of params.def; NULL for settings. */
struct profile_value {
    char *source;     /* citation, or the reasoning behind an estimate */
    char *confidence; /* "checked", "recalled" or "estimate" */
};

struct profile {
    char *name;
    char *title;
    char *summary;
    unsigned year;
    struct profile_value *values; /* param_count() of them */
};

/* The built-in profiles, oldest first. */
unsigned profile_count(void);
const char *profile_name_at(unsigned index);

/* Sets every PARAM of c, c->profile and c->profile_name. */
enum status profile_load(struct config *c, const char *name, struct error *e);

void profile_free(struct profile *p);

#endif
