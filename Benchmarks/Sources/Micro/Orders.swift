// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL

/// Made records, the same in every run: a fixed generator, no clock.
enum Orders {
    /// The stream that the programs read.
    static let stream = """
        CREATE STREAM orders (id STRING KEY, description STRING, amount BIGINT, price DOUBLE)
            WITH (KAFKA_TOPIC = 'orders', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

        """
    /// Milliseconds between two records.
    static let step: Int64 = 1
    /// A multiple of every window of the programs.
    static let firstTime: Int64 = 100_000 * 16_384

    /// One value of the stream, 90 bytes with its three fields.
    static func json(_ random: inout Generator) -> String {
        let amount = 100_000 + random.below(900_000)
        let price = "\(100 + random.below(900)).\(10 + random.below(90))"
        return #"{"description":"\#(description(&random))","amount":\#(amount),"price":\#(price)}"#
    }

    /// The same columns with a comma between them.
    static func delimited(_ random: inout Generator) -> String {
        let amount = 100_000 + random.below(900_000)
        return "\(description(&random)),\(amount),\(100 + random.below(900)).\(10 + random.below(90))"
    }

    /// 41 bytes.
    static func description(_ random: inout Generator) -> String {
        let what = ["notebook; ruled; 80 sheets", "envelopes; white; 50 items", "pencils; yellow; a dozen.."]
        return "\(what[random.below(3)]) no. #\(100_000_000 + random.below(900_000_000))"
    }

    /// 600 bytes, 20 fields; the stream's three are the 3rd, the 10th and the 18th.
    static func wide(_ random: inout Generator) -> String {
        let amount = 100_000 + random.below(900_000)
        let price = "\(100 + random.below(900)).\(10 + random.below(90))"
        var fields: [String] = []
        for index in 0..<20 {
            switch index {
            case 2: fields.append(#""description":"\#(description(&random))""#)
            case 9: fields.append(#""amount":\#(amount)"#)
            case 17: fields.append(#""price":\#(price)"#)
            case _ where index % 3 == 0: fields.append(#""number\#(10 + index)":\#(1000 + random.below(9000))"#)
            default: fields.append(#""text\#(10 + index)":"some words; \#(1000 + random.below(9000))""#)
            }
        }
        let short = 600 - fields.joined(separator: ",").utf8.count - 2 - #","rest":"""#.utf8.count
        fields[19] = fields[19].dropLast() + String(repeating: "x", count: max(short, 0) + 10) + "\""
        return "{\(fields.joined(separator: ","))}"
    }

    /// 12 bytes. Writes digits, since benchmarks make a million of them.
    static func key(_ number: Int) -> [UInt8] {
        var key = Array("user-1000000".utf8)
        var rest = number
        for place in stride(from: key.count - 1, to: 5, by: -1) {
            key[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return key
    }

    /// Batches of records, `step` apart, with keys out of `keys` and values out of 4096 (making them is slow where
    /// instructions are counted).
    static func batches(
        _ count: Int, keys: Int, partitions: Int = 1, value: (inout Generator) -> String = Orders.json
    ) -> [RawRecords] {
        batches(count, keys: keys, partitions: partitions) { random in Array(value(&random).utf8) }
    }

    static func batches(
        _ count: Int, keys: Int, partitions: Int = 1, bytes value: (inout Generator) -> [UInt8]
    ) -> [RawRecords] {
        var random = Generator()
        let values = (0..<4096).map { _ in value(&random) }
        return (0..<count).map { batch in
            let records = RawRecords()
            let partition = Int32(batch % partitions)
            for row in 0..<Workload.batchRows {
                let number = batch * Workload.batchRows + row
                records.append(
                    key: key(random.below(keys)), value: values[random.below(values.count)],
                    timestamp: firstTime + Int64(number) * step,
                    offset: Int64(batch / partitions * Workload.batchRows + row), partition: partition)
            }
            return records
        }
    }

    /// Bytes of the records' values.
    static func valueBytes(_ batches: [RawRecords]) -> Int {
        batches.reduce(0) { sum, records in
            (0..<records.count).reduce(sum) { $0 + Int(records.valueLengths[$1]) }
        }
    }

    /// Bytes of keys and values.
    static func bytes(_ batches: [RawRecords]) -> Int { batches.reduce(0) { $0 + $1.byteCount } }

    /// The program `stream` + `query`, which has one query.
    static func plan(_ query: String) throws -> (program: ProgramPlan, query: QueryPlan, source: SourceDefinition) {
        let program = try SQL.compile(stream + query)
        guard let query = program.queries.first, let source = ProgramIndex(program).source(named: query.input) else {
            throw BenchmarkError("no query in \(query)")
        }
        return (program, query, source)
    }

    /// Decodes the columns that a query scans, which must be plain ones, one batch for each.
    static func decoded(
        _ batches: [RawRecords], _ plan: (program: ProgramPlan, query: QueryPlan, source: SourceDefinition)
    )
        throws -> [DecodedBatch]
    {
        let columns = try plan.query.scan.map { item in
            guard case .column(let index) = item else { throw BenchmarkError("a pseudo column") }
            return index
        }
        let decoder = RecordDecoder(source: plan.source, columns: columns, strict: false)
        return try batches.map { records in
            let batch = decoder.makeBatch()
            decoder.decode(records, from: 0, to: records.count, into: batch)
            guard batch.badRows.isEmpty else { throw BenchmarkError("bad rows: \(batch.badRows[0].detail)") }
            return batch
        }
    }
}

/// SplitMix64 from a fixed seed.
struct Generator {
    private var state: UInt64 = 42

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) >> 1) % bound
    }
}
