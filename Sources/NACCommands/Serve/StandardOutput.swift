#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Writes out all text that was printed so far. For a pipe, the text would otherwise stay in a buffer.
func flushStandardOutput() {
    fflush(nil)
}
