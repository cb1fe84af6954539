// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka

/// One member of a consumer group, as its coordinator describes it.
package struct GroupMember: Hashable, Sendable {
    package let clientID: String
    package let host: String
}

extension Admin {
    /// The members of a group now; none where the group does not exist.
    package func members(
        ofGroup group: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [GroupMember] {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = rd_kafka_list_groups(client.handle, group, &list, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
            // A coordinator that is not there yet knows no group.
            if code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE { return [] }
            throw client.failure(code, "describe the group \(group)")
        }
        defer { rd_kafka_group_list_destroy(list) }
        var members: [GroupMember] = []
        for index in 0..<Int(list.pointee.group_cnt) {
            let info = list.pointee.groups[index]
            for place in 0..<Int(info.member_cnt) {
                let member = info.members[place]
                members.append(
                    GroupMember(
                        clientID: member.client_id.map { String(cString: $0) } ?? "",
                        host: member.client_host.map { String(cString: $0) } ?? ""))
            }
        }
        return members
    }
}
