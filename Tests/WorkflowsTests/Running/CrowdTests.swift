import Model
import Testing

@testable import Workflows

struct CrowdTests {
    @Test func `others are those who asked a moment ago, and never oneself`() {
        let crowd = Crowd()
        let (a, b, c) = (TenantID(unchecked: "a"), TenantID(unchecked: "b"), TenantID(unchecked: "c"))
        let start = ContinuousClock.now
        #expect(!crowd.hasOthers(than: a, at: start))
        crowd.note(a, at: start)
        #expect(!crowd.hasOthers(than: a, at: start))
        #expect(crowd.hasOthers(than: b, at: start))
        crowd.note(b, at: start + .milliseconds(500))
        crowd.note(b, at: start + .milliseconds(600))
        #expect(crowd.hasOthers(than: a, at: start + .milliseconds(700)))
        #expect(crowd.hasOthers(than: b, at: start + .milliseconds(700)))
        #expect(crowd.hasOthers(than: c, at: start + .milliseconds(700)))
        // What `a` asked for is too long ago, what `b` asked for is not.
        #expect(!crowd.hasOthers(than: b, at: start + .milliseconds(1100)))
        #expect(crowd.hasOthers(than: a, at: start + .milliseconds(1100)))
        #expect(!crowd.hasOthers(than: c, at: start + .seconds(2)))
    }
}
