// The manifest defines both from the environment (NAC_COMMIT, NAC_COMMIT_DATE), which the Makefile sets. They stand in a C file
// because a definition in Swift cannot have a value, and a source file of ours would change with every commit.
#include "CBuild.h"

#ifndef NAC_COMMIT
#define NAC_COMMIT ""
#endif
#ifndef NAC_COMMIT_DATE
#define NAC_COMMIT_DATE ""
#endif

const char *nac_build_commit(void) { return NAC_COMMIT; }
const char *nac_build_date(void) { return NAC_COMMIT_DATE; }
