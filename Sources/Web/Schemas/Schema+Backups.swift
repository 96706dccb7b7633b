import Model

extension Schema {
    private static let exportKey = Schema.string("64 hexadecimal digits", length: 64...64, pattern: "^[0-9a-f]*$")

    static let backup = Schema.object(
        "Backup",
        [
            .required("backup", .label()), .required("damaged", .boolean("Whether it cannot be read; then nothing else is known")),
            .required("mark", .string("Everything that was committed before is in it", format: "date-time").orNull),
            .required("databaseBytes", .integer().orNull), .required("blobs", .integer().orNull),
            .required("blobBytes", .integer("All blobs together").orNull),
            .required("writtenBytes", .integer("What was written for it; null later on").orNull),
        ])

    static let restoreWish = Schema.input(
        "RestoreWish",
        [
            .required("backup", .label()),
            .optional("into", .label("A new tenant; where it is left out, the tenant itself gets what the backup has")),
        ])

    static let restore = Schema.object(
        "Restore",
        [
            .required("tenant", .label("What has the data of the backup now")), .required("backup", .label()),
            .required("undo", .label("The backup of what was there before").orNull),
            .required(
                "differences",
                .array(
                    of: .object([
                        .required("table", .string()), .required("before", .integer("Rows")), .required("after", .integer("Rows")),
                    ]), "Tables that do not have as many rows as before")),
        ])

    static let exportWish = Schema.input(
        "ExportWish", [.required("key", exportKey), .optional("backup", .label("Where it is left out, a new one is made"))])

    static let arrival = Schema.object(
        "Arrival",
        [
            .required("import", .label()), .required("size", .integer("Bytes")),
            .required("sha256", .string(length: 64...64, pattern: "^[0-9a-f]*$")),
        ])

    static let importWish = Schema.input(
        "ImportWish",
        [
            .required("id", .label("The new tenant, whatever the exported one was called")), .required("key", exportKey),
            .optional("name", .string("What people call it", length: 0...200)),
        ] + quotaMembers)
}
