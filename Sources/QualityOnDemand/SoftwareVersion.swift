/// The version of this software, by Semantic Versioning; SDK, tool and platform are released together.
///
/// `CHANGELOG.md` has an entry for this version; a test compares the two.
public enum SoftwareVersion {
    public static let current = "0.9.0"
}
