// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of the configuration and the command line.
    static let configuration: [ErrorCode: Self] = [
        .malformedFile: Self(
            "The file is not valid YAML",
            "The configuration cannot be read as YAML, or is no mapping of keys.",
            step: "look at the line and column; a value with ': ' or '#' in it needs quotes, and tabs cannot "
                + "indent"),
        .unknownKey: Self(
            "A key that Millrace does not know",
            "Unknown keys are refused, because a misspelt one would silently do nothing. Client properties "
                + "(bootstrap.servers, sasl.password, …) lie below kafka:.",
            step: "take the name that the message suggests, or look at millrace config show, which lists every "
                + "key"),
        .wrongValue: Self(
            "A value that its key cannot take",
            "The value has the wrong form or lies outside of its limits.",
            step: "write it as the message says; durations are 500ms, 90s, 2m, 48h or 7d"),
        .unresolvedReference: Self(
            "A reference that cannot be replaced",
            "A value names an environment variable that is not set, a file that cannot be read, or has "
                + "another form than ${env:NAME}, ${env:NAME:-default} and ${file:/path}.",
            step: "set the variable, give a default, or check the path and who may read it"),
        .unknownVariable: Self(
            "An environment variable that is nearly a setting",
            "A variable MILLRACE_… is spelt nearly like one that Millrace reads. Ignoring it would silently "
                + "leave a default in place.",
            step: "rename it as the message suggests, or unset it"),
        .noProgram: Self(
            "No program",
            "Neither the command line nor the configuration names one.",
            step: "millrace validate orders.sql, or program: orders.sql in millrace.yaml; millrace init TOPIC "
                + "writes both"),
        .noBrokers: Self(
            "No broker",
            "Nobody says where Kafka is.",
            step: "-b HOST:PORT, MILLRACE_KAFKA_BOOTSTRAP_SERVERS, or bootstrap.servers below kafka: in "
                + "millrace.yaml"),
        .unreadableFile: Self(
            "A file that cannot be read",
            "It does not exist, this user may not read it, or it is not UTF-8 text.",
            step: "check the path (in a file it starts at that file's directory) and the permissions"),
        .unknownProperty: Self(
            "A client property that librdkafka does not have",
            "The name is misspelt, or belongs to the Java client or to another version of librdkafka.",
            step: "take the suggested name; --command-config translates a Java client's file"),
        .wrongPropertyValue: Self(
            "A client property's value that librdkafka refuses",
            "The value has the wrong form or lies outside of the property's range.",
            step: "see librdkafka's CONFIGURATION.md for what the property takes"),
        .ownedProperty: Self(
            "A client property that Millrace sets itself",
            "Exactly-once, the order of records, or where a slice begins and ends rest on it.",
            step: "leave it out; the message says which setting of Millrace stands for it, if one does"),
        .refusedProperty: Self(
            "A client property that is refused",
            "It would run a command, load code into the process, write files, or nobody has checked yet "
                + "that it does not.",
            step: "leave it out"),
        .malformedClientFile: Self(
            "A Java properties file that cannot be read",
            "The file that command.config names is not in the form of java.util.Properties.",
            step: "look at the line that the message names"),
        .untranslatedLogin: Self(
            "A Java log-in that has no counterpart",
            "Login modules and callback handlers are Java code. librdkafka logs in by PLAIN, SCRAM, GSSAPI, "
                + "and OAUTHBEARER with a token endpoint (OIDC).",
            step: "use one of these, or set the sasl.* properties of librdkafka below kafka:"),
        .untranslatedStore: Self(
            "A Java keystore that librdkafka cannot read",
            "librdkafka reads certificates as PEM, keys as PEM or PKCS#12; a JKS store has to be converted "
                + "once.",
            step: "run the command of the message and name the new file"),
        .contradiction: Self(
            "Settings that do not go together",
            "Each of them is right by itself, but one rules the other out.",
            step: "take one of them back; the message says which ones they are"),
        .commandLine: Self(
            "A command line that cannot be understood",
            "A command, an option or its value is not one that Millrace knows.",
            step: "take the suggestion of the message; millrace help COMMAND lists the options of a command"),
        .unguardedAddress: Self(
            "A status page that others can reach without a token",
            "The page shows data. At any other address than this machine's own it is served to those only "
                + "who show a token.",
            step: "openssl rand -hex 24 > token, and --http-token-file token; or serve it at 127.0.0.1"),
        .unusableToken: Self(
            "A file without a usable token",
            "A token is one line of 16 or more printable ASCII characters; shorter ones can be guessed.",
            step: "openssl rand -hex 24 > FILE"),
        .exposedSecret: Self(
            "A secret that every user of the machine can read",
            "A file that holds a password, a token or a key lets everybody read it. Where this user owns the file, "
                + "Millrace does not start with it; where another one does, as with secrets that are mounted into a "
                + "container, or where a configuration holds a secret beside other things, it warns.",
            step: "chmod 600 FILE where it is yours, else its owner: chmod o-r FILE; in Kubernetes  defaultMode: 0400  "
                + "(with fsGroup: 0440)"),
        .unusableCertificate: Self(
            "A certificate or key that the status page cannot use",
            "A file is no PEM, the key has a password or belongs to another certificate, the certificate has ended, or "
                + "it is not the one that millrace status was told to expect.",
            step: "look at  openssl x509 -in FILE -noout -text  and name the files again"),
        .foreignConfiguration: Self(
            "A configuration in this directory that somebody else may have put there",
            "millrace.yaml of the working directory is taken without being named only where it belongs to this user or "
                + "to root, and nobody else can write it or put another one in its place. It says where data goes.",
            step: "read it, then name it: -c millrace.yaml"),
    ]
}
