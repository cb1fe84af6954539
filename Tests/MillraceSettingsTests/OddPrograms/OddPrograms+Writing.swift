// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let writing: [OddProgram] = [
        OddProgram(
            "nothing at all", "",
            "1:1 the program has no query"),
        OddProgram(
            "only comments",
            """
            -- a
            /* b */ -- c
            """,
            "2:13 the program has no query"),
        OddProgram(
            "only semicolons",
            """
            ;;
            ;
            """,
            "2:2 the program has no query"),
        OddProgram(
            "a byte order mark",
            """
            \u{FEFF}CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day \
            DATE, tags ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT id, v FROM s;
            """,
            "valid"),
        OddProgram(
            "ends of lines from Windows",
            """
            CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\r
            CREATE STREAM o AS SELECT id,\r
              v FROM s;
            """,
            "valid"),
        OddProgram(
            "odd blanks", "\(s)CREATE STREAM o AS SELECT \u{A0}id\t,\u{C}\u{2003}v  FROM s;",
            "valid"),
        OddProgram(
            "a blank of no width", "\(s)CREATE STREAM o AS SELECT id,\u{200B}v FROM s;",
            "2:30 unexpected character U+200B"),
        OddProgram(
            "comments between all words",
            """
            \(s)CREATE/**/STREAM--x
            o/* -- */AS SELECT id/*,*/,v FROM/***/s;
            """,
            "valid"),
        OddProgram(
            "a comment in a comment", "\(s)/* a /* b */ c */ CREATE STREAM o AS SELECT * FROM s;",
            "2:14 expected a statement, found C"),
        OddProgram(
            "an open comment", "\(s)CREATE STREAM o AS SELECT id, v FROM s; /* to be",
            "2:41 the comment is not closed"),
        OddProgram(
            "no semicolon at the end", "\(s)CREATE STREAM o AS SELECT id, v FROM s",
            "valid"),
        OddProgram(
            "no semicolon between",
            """
            CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON')
            CREATE STREAM o AS SELECT id, v FROM s;
            """,
            "2:1 expected ;, found CREATE"),
        OddProgram(
            "too many semicolons",
            """
            ;CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT id, v FROM s;;;
            """,
            "valid"),
        OddProgram(
            "a string over two lines",
            """
            \(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t = 'a
            b';
            """,
            "valid"),
        OddProgram(
            "an open string", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t = 'a;",
            "2:50 the string is not closed"),
        OddProgram(
            "curly quotes", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t = ‘a’;",
            "2:50 unexpected character ‘", "2:52 unexpected character ’"),
        OddProgram(
            "names in double quotes where a string was meant",
            """
            \(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t = \"abc\";
            """,
            "2:50 unknown column abc"),
        OddProgram(
            "letters of other alphabets", "\(s)CREATE STREAM o AS SELECT id, v AS größe FROM s;",
            "2:38 unexpected character ö", "2:39 unexpected character ß"),
        OddProgram(
            "digits of other alphabets", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v = ٥;",
            "2:50 unexpected character ٥"),
        OddProgram(
            "a character of no meaning", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v = 1\u{0};",
            "2:51 unexpected character U+0"),
        OddProgram(
            "a backslash before a quote", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t = 'it\\'s';",
            "2:56 the string is not closed"),
    ]
}
