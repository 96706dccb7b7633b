import HostTesting
import Model
import Testing

@testable import Tenancy

struct DeliveryPlanTests {
    private func lane(_ tenant: String, _ number: Int) -> DeliveryLane {
        DeliveryLane(tenant: TenantID(unchecked: tenant), webhook: WebhookID(unchecked: "webhook-\(number)"))
    }

    @Test func `a webhook has one message on its way, and nothing comes before its time`() {
        var plan = DeliveryPlan()
        plan.add(lane("acme", 1), due: 10)
        #expect(plan.next(at: 9) == nil)
        #expect(plan.next(at: 10) == lane("acme", 1))
        plan.add(lane("acme", 1), due: 10)
        #expect(plan.next(at: 20) == nil)
        plan.finish(lane("acme", 1), next: nil)
        #expect(plan.next(at: 20) == lane("acme", 1))
        plan.finish(lane("acme", 1), next: nil)
        #expect(plan.next(at: 20) == nil)
        #expect(plan.waiting == 0 && plan.onTheWay == 0)
    }

    @Test func `a tenant with many slow webhooks holds up nobody else`() {
        var plan = DeliveryPlan()
        for number in 0..<20 { plan.add(lane("acme", number), due: 0) }
        plan.add(lane("globex", 1), due: 5)
        var taken: [DeliveryLane] = []
        while let next = plan.next(at: 10) { taken.append(next) }
        #expect(taken.filter { $0.tenant.rawValue == "acme" }.count == DeliveryPlan.lanesOfTenant)
        #expect(taken.contains(lane("globex", 1)))
    }

    @Test func `tenants take turns, whoever has more`() {
        var plan = DeliveryPlan()
        var order: [String] = []
        for number in 0..<6 { plan.add(lane("acme", number), due: 0) }
        for number in 0..<3 { plan.add(lane("globex", number), due: 100) }
        for _ in 0..<6 {
            guard let next = plan.next(at: 100) else { break }
            order.append(next.tenant.rawValue)
            plan.finish(next, next: nil)
        }
        #expect(order.filter { $0 == "globex" }.count == 3)
    }

    @Test func `whatever comes, no limit is passed and nothing is forgotten`() {
        var generator = SeededGenerator(seed: 11)
        var plan = DeliveryPlan()
        var busy: [DeliveryLane] = []
        var added: Set<DeliveryLane> = []
        for _ in 0..<5000 {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                let lane = lane("t\(Int.random(in: 0..<40, using: &generator))", .random(in: 0..<6, using: &generator))
                plan.add(lane, due: 0)
                added.insert(lane)
            case 1:
                guard let next = plan.next(at: 1) else { continue }
                #expect(!busy.contains(next))
                busy.append(next)
                added.remove(next)
            default:
                guard let lane = busy.randomElement(using: &generator) else { continue }
                busy.removeAll { $0 == lane }
                plan.finish(lane, next: nil)
            }
            #expect(plan.onTheWay == busy.count && busy.count <= DeliveryPlan.lanesOfAll)
            #expect(Dictionary(grouping: busy, by: \.tenant).allSatisfy { $0.value.count <= DeliveryPlan.lanesOfTenant })
        }
        for lane in busy { plan.finish(lane, next: nil) }
        while let next = plan.next(at: 1) {
            added.remove(next)
            plan.finish(next, next: nil)
        }
        #expect(added.isEmpty)
    }
}
