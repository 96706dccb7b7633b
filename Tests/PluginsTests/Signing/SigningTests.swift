import Foundation
import Model
import Store
import Testing

@testable import Plugins

struct SigningTests {
    @Test func `the pre-authentication encoding is that of the specification`() {
        // The example of secure-systems-lab/dsse, protocol.md.
        let encoded = SignatureEnvelope.encoded(Array("hello world".utf8), as: "http://example.com/HelloWorld")
        #expect(String(decoding: encoded, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    }

    @Test func `a key survives its file, and a file that others may read is refused`() async throws {
        try await PackageFixture.with { fixture in
            let (key, path) = (SigningKey(), fixture.path + "/author.key")
            try key.write(to: path)
            #expect(try SigningKey(file: path).publicKey == key.publicKey)
            #expect(try PublicKey("\(key.publicKey)") == key.publicKey)
            #expect(try PublicKey(key.publicKey.pem) == key.publicKey)
            #expect(refusal { try key.write(to: path) }?.code == .conflict)
            chmod(path, 0o640)
            #expect(refusal { _ = try SigningKey(file: path) }?.code == .permissionDenied)
            #expect(refusal { _ = try PublicKey("MCowBQYDK2VwAyEA") }?.code == .invalidInput)
        }
    }

    @Test func `OpenSSL reads the keys and verifies the signature`() async throws {
        try await PackageFixture.with { fixture in
            let key = SigningKey()
            let package = try fixture.pack(try fixture.folder()).signed(by: key, to: fixture.path + "/signed.cloister")
            let envelope = try SignatureEnvelope(package.image.envelopes[0])
            try key.write(to: fixture.path + "/author.key")
            try key.publicKey.write(to: fixture.path + "/author.pub")
            try fixture.write(SignatureEnvelope.encoded(envelope.payload), to: "encoded")
            try fixture.write(envelope.signature, to: "signature")
            let derived = try run("/usr/bin/openssl", ["pkey", "-in", fixture.path + "/author.key", "-pubout"])
            #expect(derived == key.publicKey.pem)
            let verdict = try run(
                "/usr/bin/openssl",
                [
                    "pkeyutl", "-verify", "-pubin", "-inkey", fixture.path + "/author.pub", "-rawin",
                    "-in", fixture.path + "/encoded", "-sigfile", fixture.path + "/signature",
                ])
            #expect(verdict.contains("Signature Verified Successfully"))
        }
    }

    @Test func `the statement names digest, plugin, version, range and permissions`() async throws {
        try await PackageFixture.with { fixture in
            let package = try fixture.pack(try fixture.folder()).signed(by: SigningKey(), to: fixture.path + "/s.cloister")
            let statement = try JSONValue.parse(try SignatureEnvelope(package.image.envelopes[0]).payload)
            #expect(statement["_type"] == "https://in-toto.io/Statement/v1")
            #expect(statement["subject"]?.array?.first?["digest"]?["sha256"]?.string == package.digest.hexadecimal)
            #expect(statement["predicate"]?["id"] == "sample")
            #expect(statement["predicate"]?["version"] == "1.0.0")
            #expect(statement["predicate"]?["permissions"]?.string?.hasPrefix("sha256:") == true)
        }
    }

    @Test func `a signature changes neither digest nor content, and a key signs once`() async throws {
        try await PackageFixture.with { fixture in
            let (first, second) = (SigningKey(), SigningKey())
            let package = try fixture.pack(try fixture.folder())
            let once = try package.signed(by: first, to: fixture.path + "/once.cloister")
            #expect(refusal { _ = try once.signed(by: first, to: fixture.path + "/again.cloister") }?.code == .conflict)
            let twice = try once.signed(by: second, to: fixture.path + "/twice.cloister")
            #expect(twice.digest == package.digest)
            #expect(twice.signatureKeys == [first.publicKey.identifier, second.publicKey.identifier])
            try fixture.shelf.put(twice)
            #expect(fixture.shelf.contains(package.digest))
        }
    }

    @Test func `a host admits what its policy says and nothing else`() async throws {
        try await PackageFixture.with { fixture in
            let (author, stranger) = (SigningKey(), SigningKey())
            let plain = try fixture.pack(try fixture.folder())
            let signed = try plain.signed(by: author, to: fixture.path + "/signed.cloister")
            let foreign = try plain.signed(by: stranger, to: fixture.path + "/foreign.cloister")
            let both = try foreign.signed(by: author, to: fixture.path + "/both.cloister")
            let key = TrustPolicy.Key(name: "author", key: author.publicKey)
            let strict = TrustPolicy(requiresSignatures: true, keys: [key])
            #expect(try strict.check(signed) == [key])
            #expect(try strict.check(both) == [key])
            #expect(refusal { _ = try strict.check(plain) }?.message.contains("it has no signature") == true)
            #expect(refusal { _ = try strict.check(foreign) }?.code == .permissionDenied)
            #expect(try TrustPolicy().check(plain) == [])
            #expect(try TrustPolicy().check(foreign) == [])
        }
    }

    @Test func `a signature taken from another package, or made up under a trusted name, is tampering under any policy`()
        async throws
    {
        try await PackageFixture.with { fixture in
            let (author, stranger) = (SigningKey(), SigningKey())
            let key = TrustPolicy.Key(name: "author", key: author.publicKey)
            let package = try fixture.pack(try fixture.folder())
            let signed = try package.signed(by: author, to: fixture.path + "/signed.cloister")
            let other = try fixture.pack(
                try fixture.folder("other", files: PackageFixture.files + [("more", "x", 0o644)]), to: "other.cloister")
            var moved = other.image
            moved.envelopes = signed.image.envelopes
            let borrowed = try rewrite(other, moved, fixture)
            #expect(refusal { _ = try TrustPolicy().check(borrowed) }?.message.contains("about something else") == true)

            let envelope = try JSONValue.parse(
                try SignatureEnvelope(signing: ReleaseStatement(of: package).bytes, with: stranger).bytes)
            var members = envelope.object!
            members["signatures"] = [
                ["keyid": .string(author.publicKey.identifier), "sig": envelope["signatures"]!.array![0]["sig"]!]
            ]
            var forged = package.image
            forged.envelopes = [JSONValue.object(members).bytes]
            let disguised = try rewrite(package, forged, fixture)
            for policy in [TrustPolicy(keys: [key]), TrustPolicy(requiresSignatures: true, keys: [key])] {
                #expect(refusal { _ = try policy.check(disguised) }?.message.contains("does not hold") == true)
            }
        }
    }

    private func rewrite(_ package: PackageFile, _ image: PackageImage, _ fixture: PackageFixture) throws -> PackageFile {
        let path = fixture.path + "/rewritten.cloister"
        try PackageWriter.write(
            image, configuration: package.description.bytes, layer: package.source, package.layer, to: path)
        return try fixture.open("rewritten.cloister")
    }
}
