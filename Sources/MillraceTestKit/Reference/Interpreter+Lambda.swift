// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension Interpreter {
    /// FILTER, REDUCE, TRANSFORM, element by element.
    func lambda(_ call: LambdaCall) -> Value {
        let collection = value(call.collection)
        let captures = values(call.captures)
        func body(_ index: Int, _ parameters: [Value]) -> Value {
            Interpreter(row: parameters + captures).value(call.bodies[index])
        }
        if let initial = call.initial {
            let state = value(initial)
            return state.isNull ? .null : Self.parts(collection).reduce(state) { body(0, [$0] + $1) }
        }
        switch (call.operation, collection) {
        case (.filter, .array(let items)): return .array(items.filter { body(0, [$0]) == .boolean(true) })
        case (.filter, .map(let entries)):
            return .map(entries.filter { body(0, [$0.key, $0.value]) == .boolean(true) })
        case (_, .array(let items)): return .array(items.map { body(0, [$0]) })
        case (_, .map(let entries)):
            let made = entries.map { entry in
                Value.MapEntry(key: body(0, [entry.key, entry.value]), value: body(1, [entry.key, entry.value]))
            }
            if made.contains(where: { $0.key.isNull }) { return .null }
            // The first place of each key, with its last value.
            return .map(
                made.indices.filter { place in made[..<place].allSatisfy { $0.key != made[place].key } }.map { place in
                    Value.MapEntry(
                        key: made[place].key, value: made.last { $0.key == made[place].key }?.value ?? .null)
                })
        default: return .null
        }
    }

    /// The elements, each as the parts that a lambda sees.
    private static func parts(_ collection: Value) -> [[Value]] {
        switch collection {
        case .array(let items): items.map { [$0] }
        case .map(let entries): entries.map { [$0.key, $0.value] }
        default: []
        }
    }
}
