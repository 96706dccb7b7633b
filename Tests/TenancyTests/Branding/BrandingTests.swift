import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct BrandingTests {
    @Test func `contrast is what WCAG says it is`() throws {
        let grey = try #require(Colour("#767676"))
        #expect(Colour.black.contrast(with: .white) == 21)
        #expect(Colour.white.contrast(with: .white) == 1)
        // The greys that are known to stand on either side of the line.
        #expect(grey.contrast(with: .white) >= 4.5)
        #expect(try #require(Colour("#777777")).contrast(with: .white) < 4.5)
    }

    @Test func `the standard's palettes pass in every pair`() {
        #expect(Branding().contrasts.count == 2 * Palette.pairs.count)
        for contrast in Branding().contrasts { #expect(contrast.passes, "\(contrast)") }
    }

    @Test func `a pair that cannot be read comes with the nearest colour that can`() throws {
        for (text, ground) in [("#777777", "#ffffff"), ("#ffff00", "#ffffff"), ("#808080", "#7f7f7f"), ("#111111", "#000000")] {
            let branding = try Branding(["colors": ["light": ["text": .string(text), "background": .string(ground)]]])
            let contrast = try #require(branding.contrasts.first { $0.foreground == .text && $0.background == .background })
            #expect(!contrast.passes)
            let suggestion = try #require(contrast.suggestion)
            #expect(suggestion.contrast(with: try #require(Colour(ground))) >= 4.5)
            let mended = try Branding(["colors": ["light": ["text": .string(suggestion.description), "background": .string(ground)]]])
            #expect(mended.contrasts.first { $0.foreground == .text && $0.background == .background }?.passes == true)
        }
    }

    @Test func `for every colour there is one that passes`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let pair = (0..<2).map { _ in
                Colour(red: .random(in: 0...255, using: &generator), green: .random(in: 0...255, using: &generator), blue: .random(in: 0...255, using: &generator))
            }
            let nearest = pair[0].nearest(having: 4.5, with: pair[1])
            #expect(nearest.map { $0.contrast(with: pair[1]) >= 4.5 } == true, "\(pair)")
        }
    }

    @Test func `a configuration reads back as it was written`() throws {
        let value: JSONValue = [
            "productName": "Akten", "supportAddress": "Help@Akten.example", "fonts": ["body": "serif", "heading": "mono"],
            "colors": ["dark": ["accent": "#ABCDEF"]], "css": "h1 { color: red }",
        ]
        let branding = try Branding(value)
        #expect(try Branding(branding.json) == branding)
        #expect(branding.supportAddress == "Help@akten.example")
        #expect(branding.palettes[.dark]?[.accent].description == "#abcdef")
        #expect(try Branding([:]) == Branding())
    }

    @Test(arguments: [
        (["productName": ""], "/productName"), (["productName": "a\nb"], "/productName"), (["productName": "a\u{202E}b"], "/productName"),
        (["supportAddress": "nobody"], "/supportAddress"), (["supportAddress": "a@b.c?cc=d"], "/supportAddress"),
        (["supportAddress": "a\"@b.example"], "/supportAddress"), (["colors": ["light": ["text": "red"]]], "/colors/light/text"),
        (["colors": ["light": ["text": "#12345"]]], "/colors/light/text"), (["colors": ["light": ["text": "#+12345"]]], "/colors/light/text"),
        (["colors": ["blue": [:]]], "/colors/blue"), (["fonts": ["body": "Comic Sans"]], "/fonts/body"), (["css": 1], "/css"),
        (["css": .string(String(repeating: "a", count: 70_000))], "/css"), (["logo": "x"], "/logo"),
    ] as [(JSONValue, String)])
    func `what is wrong is refused with its place`(value: JSONValue, place: String) {
        let problem = #expect(throws: Problem.self) { try Branding(value) }
        #expect(problem?.code == .invalidInput)
        #expect(problem?.message.hasPrefix(place + ":") == true, "\(problem?.message ?? "")")
    }

    @Test func `a tenant's branding is its own, and outlives the daemon`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var options = Store.Options()
        options.tenantSteps = Brandings.steps
        let (acme, globex) = (TenantID(unchecked: "acme"), TenantID(unchecked: "globex"))
        var branding = Branding()
        branding.productName = "Akten"
        var store = try await Store.open(folder, options)
        for tenant in [acme, globex] { _ = try await store.createTenant(tenant) }
        try await Brandings(store).set(branding, of: acme)
        await store.close()
        store = try await Store.open(folder, options)
        let (own, other) = (try await Brandings(store).branding(of: acme), try await Brandings(store).branding(of: globex))
        #expect(own == branding)
        #expect(other == Branding())
        await store.close()
    }
}
