/// The version of this software, by Semantic Versioning; SDK, tool and platform are released together.
///
/// `CHANGELOG.md` has an entry for it, which a test compares.
public enum SoftwareVersion {
    public static let current = "0.9.0"
}
