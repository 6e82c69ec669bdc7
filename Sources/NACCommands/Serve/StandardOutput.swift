#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Hands on what was printed so far; where standard output is a pipe, it would wait for more.
func flushStandardOutput() {
    fflush(nil)
}
