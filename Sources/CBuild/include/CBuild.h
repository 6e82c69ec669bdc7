#pragma once

/// The commit that the program was built from, 10 digits, with a `+` if files were changed since; empty if the build was not told.
const char *nac_build_commit(void);

/// The day of that commit, as 2026-11-26; empty if the build was not told.
const char *nac_build_date(void);
