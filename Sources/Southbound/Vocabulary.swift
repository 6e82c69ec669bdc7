/// A driver needs the words of sessions, flows and profiles in nearly every line, so that this import brings them along.
@_exported public import QualityOnDemand
