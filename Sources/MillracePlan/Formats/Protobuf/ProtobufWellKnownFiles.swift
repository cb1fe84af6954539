// SPDX-License-Identifier: Apache-2.0

/// Files that everybody imports and no registry needs to have.
enum ProtobufWellKnownFiles {
    static let texts: [String: String] = [
        "google/protobuf/timestamp.proto": protobuf("message Timestamp { int64 seconds = 1; int32 nanos = 2; }"),
        "google/protobuf/duration.proto": protobuf("message Duration { int64 seconds = 1; int32 nanos = 2; }"),
        "google/protobuf/any.proto": protobuf("message Any { string type_url = 1; bytes value = 2; }"),
        "google/protobuf/empty.proto": protobuf("message Empty {}"),
        "google/protobuf/field_mask.proto": protobuf("message FieldMask { repeated string paths = 1; }"),
        "google/protobuf/descriptor.proto": protobuf(""),
        "google/protobuf/struct.proto": protobuf(
            """
            message Struct { map<string, Value> fields = 1; }
            message Value {
              oneof kind {
                NullValue null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4;
                Struct struct_value = 5; ListValue list_value = 6;
              }
            }
            enum NullValue { NULL_VALUE = 0; }
            message ListValue { repeated Value values = 1; }
            """),
        "google/protobuf/wrappers.proto": protobuf(
            """
            message DoubleValue { double value = 1; }
            message FloatValue { float value = 1; }
            message Int64Value { int64 value = 1; }
            message UInt64Value { uint64 value = 1; }
            message Int32Value { int32 value = 1; }
            message UInt32Value { uint32 value = 1; }
            message BoolValue { bool value = 1; }
            message StringValue { string value = 1; }
            message BytesValue { bytes value = 1; }
            """),
        "google/type/date.proto": type("message Date { int32 year = 1; int32 month = 2; int32 day = 3; }"),
        "google/type/timeofday.proto": type(
            "message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }"),
        "google/type/money.proto": type(
            "message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }"),
        "google/type/latlng.proto": type("message LatLng { double latitude = 1; double longitude = 2; }"),
        "google/type/decimal.proto": type("message Decimal { string value = 1; }"),
        "google/type/dayofweek.proto": type(
            """
            enum DayOfWeek {
              DAY_OF_WEEK_UNSPECIFIED = 0; MONDAY = 1; TUESDAY = 2; WEDNESDAY = 3; THURSDAY = 4; FRIDAY = 5;
              SATURDAY = 6; SUNDAY = 7;
            }
            """),
        "google/type/month.proto": type(
            """
            enum Month {
              MONTH_UNSPECIFIED = 0; JANUARY = 1; FEBRUARY = 2; MARCH = 3; APRIL = 4; MAY = 5; JUNE = 6; JULY = 7;
              AUGUST = 8; SEPTEMBER = 9; OCTOBER = 10; NOVEMBER = 11; DECEMBER = 12;
            }
            """),
        "google/type/interval.proto": "syntax = \"proto3\"; package google.type; "
            + "import \"google/protobuf/timestamp.proto\"; message Interval { "
            + "google.protobuf.Timestamp start_time = 1; google.protobuf.Timestamp end_time = 2; }",
        "confluent/meta.proto": file("confluent", "message Meta { string doc = 1; map<string, string> params = 2; }"),
        "confluent/type/decimal.proto": file(
            "confluent.type", "message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }"),
    ]

    private static func file(_ space: String, _ text: String) -> String {
        "syntax = \"proto3\"; package \(space); \(text)"
    }

    private static func protobuf(_ text: String) -> String { file("google.protobuf", text) }
    private static func type(_ text: String) -> String { file("google.type", text) }
}
