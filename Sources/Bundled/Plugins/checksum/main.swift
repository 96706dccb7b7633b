// A plugin without any library of the host: what it needs of `cloister/1` is in the folder Protocol.

let session = Session(name: "checksum", version: "1.0.0") { call throws(Failure) in
    let digest = try Digest(of: call.document, until: call.check)
    return digest.json
}
session.run()
