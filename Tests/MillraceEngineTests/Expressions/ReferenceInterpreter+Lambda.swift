// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension ReferenceInterpreter {
    /// FILTER, REDUCE, TRANSFORM, element by element.
    mutating func lambda(_ call: LambdaCall) throws(EvaluationFailure) -> Value {
        let collection = evaluate(call.collection)
        let initial = call.initial.map { evaluate($0) }
        let captures = call.captures.map { evaluate($0) }
        let elements: [[Value]]
        switch collection {
        case .array(let items): elements = items.map { [$0] }
        case .map(let entries): elements = entries.map { [$0.key, $0.value] }
        default: return initial ?? .null
        }
        if var state = initial {
            if state.isNull { return .null }
            for element in elements { state = body(call, 0, [state] + element, captures) }
            return state
        }
        var kept: [[Value]] = []
        for element in elements {
            let results = call.bodies.indices.map { body(call, $0, element, captures) }
            if call.operation == .transform {
                kept.append(results)
            } else if results == [.boolean(true)] {
                kept.append(element)
            }
        }
        guard case .map = call.result else { return .array(kept.map { $0[0] }) }
        if kept.contains(where: { $0[0].isNull }) { throw .badArgument }
        var entries: [Value.MapEntry] = []
        for entry in kept {
            if let place = entries.firstIndex(where: { $0.key == entry[0] }) {
                entries[place].value = entry[1]
            } else {
                entries.append(.init(key: entry[0], value: entry[1]))
            }
        }
        return .map(entries)
    }

    private mutating func body(_ call: LambdaCall, _ index: Int, _ parameters: [Value], _ captures: [Value]) -> Value {
        var inner = ReferenceInterpreter(parameters + captures)
        let result = inner.evaluate(call.bodies[index])
        failures.merge(inner.failures, uniquingKeysWith: +)
        return result
    }
}
