// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore
package import MillraceLog

extension Admin {
    /// The members of a group now; none where the group does not exist.
    package func members(
        ofGroup group: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [GroupMember] {
        try client.describe(group: group, timeoutMilliseconds: timeoutMilliseconds).members
    }

    /// Deletes a group that has no members, with its offsets.
    package func deleteGroup(_ group: String, timeoutMilliseconds: Int32) throws(KafkaError) {
        var objects: [OpaquePointer?] = [rd_kafka_DeleteGroup_new(group)]
        defer { rd_kafka_DeleteGroup_destroy(objects[0]) }
        let code = try client.request("delete group", RD_KAFKA_ADMIN_OP_DELETEGROUPS, timeoutMilliseconds) {
            options, queue in
            rd_kafka_DeleteGroups(client.handle, &objects, 1, options, queue)
        } result: { event -> rd_kafka_resp_err_t in
            var count = 0
            let results = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count)
            guard count > 0, let error = rd_kafka_group_result_error(results?[0]) else {
                return RD_KAFKA_RESP_ERR_NO_ERROR
            }
            return rd_kafka_error_code(error)
        }
        try client.check(code, "delete the group \(group)")
    }
}

extension Consumer {
    /// The group that this consumer is in.
    package func describeGroup(timeoutMilliseconds: Int32) throws(KafkaError) -> GroupDescription {
        guard let group = options.group else {
            throw .configuration("the consumer has no group", operation: "describe it")
        }
        return try client.describe(group: group.groupID, timeoutMilliseconds: timeoutMilliseconds)
    }
}

extension KafkaClient {
    func describe(group: String, timeoutMilliseconds: Int32) throws(KafkaError) -> GroupDescription {
        // A broker that has just started answers so until it has read its groups.
        let loading = [RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS.rawValue]
        return try repeating(while: loading, timeoutMilliseconds: timeoutMilliseconds) { () throws(KafkaError) in
            try describeOnce(group: group, timeoutMilliseconds: timeoutMilliseconds)
        }
    }

    private func describeOnce(group: String, timeoutMilliseconds: Int32) throws(KafkaError) -> GroupDescription {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = rd_kafka_list_groups(handle, group, &list, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
            // A coordinator that is not there yet knows no group.
            if code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE {
                return GroupDescription(members: [], isStable: false)
            }
            throw failure(code, "describe the group \(group)")
        }
        defer { rd_kafka_group_list_destroy(list) }
        var members: [GroupMember] = []
        var isStable = false
        for index in 0..<Int(list.pointee.group_cnt) {
            let info = list.pointee.groups[index]
            isStable = info.state.map { String(cString: $0) } == "Stable"
            for place in 0..<Int(info.member_cnt) {
                let member = info.members[place]
                let assignment = UnsafeRawBufferPointer(
                    start: member.member_assignment, count: Int(member.member_assignment_size))
                members.append(
                    GroupMember(
                        clientID: member.client_id.map { String(cString: $0) } ?? "",
                        host: member.client_host.map { String(cString: $0) } ?? "",
                        partitions: MemberAssignment.partitions(assignment)))
            }
        }
        return GroupDescription(members: members, isStable: isStable)
    }
}
