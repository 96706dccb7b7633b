/// A backup of a tenant: its mark in words, `20261126-143501-123` (UTC), so that names sort by time.
package struct BackupID: LabelIdentifier {
    package static let noun = "backup identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
