// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of schemas, and of the registry that has them.
    static let registry: [ErrorCode: Self] = [
        .registryUnreachable: Self(
            "No schema registry can be reached",
            "Nobody answers at schema.registry.url in time, or the registry says that it cannot just now. A run that "
                + "is under way waits for it and loses nothing.",
            step: "check the address, the port and the firewall:  curl URL/subjects"),
        .registryLoginRefused: Self(
            "The schema registry refuses the log-in",
            "It does not accept the name, the password or the token; or it wants one, and none is named.",
            step: "check schema.registry.basic.auth.user.info, or schema.registry.bearer.token"),
        .registryForbidden: Self(
            "The schema registry does not allow this",
            "Who has logged in may not read, or not register, schemas of this subject.",
            step: "let the registry's administrator allow it for the subject that the message names"),
        .registryCertificate: Self(
            "The schema registry's certificate is not trusted, or this client's is not",
            "Nobody whom schema.registry.ssl.ca.location names (without it: whom this machine trusts) has issued it, "
                + "it is out of date or for another host; or the registry wants a client's certificate.",
            step: "set schema.registry.ssl.ca.location, schema.registry.ssl.certificate.location and "
                + "schema.registry.ssl.key.location to PEM files"),
        .registryUnexpectedAnswer: Self(
            "What answers is not what a schema registry says",
            "Something else listens there (a proxy, a page for people, another path), the answer is too long, or it "
                + "sends its client on to another server, which is not followed.",
            step: "check schema.registry.url:  curl URL/subjects  answers with a JSON list"),
        .unknownSubject: Self(
            "The schema registry has no such subject",
            "Nobody has registered a schema for the topic's keys or values, or it has another name than TOPIC-key and "
                + "TOPIC-value.",
            step: "write the columns into the statement, or name the schema's number: WITH (VALUE_SCHEMA_ID = n); "
                + "curl URL/subjects lists what there is"),
        .unknownSchema: Self(
            "The schema registry does not know this schema",
            "Records begin with the number of the schema that they were written by. This number was given by another "
                + "registry, or the schema has been deleted.",
            step: "check that schema.registry.url is the registry of who writes the topic"),
        .incompatibleSchema: Self(
            "The result's schema does not fit the ones that are registered",
            "Who reads the topic with an older schema could not read the new rows, or the other way round: what the "
                + "subject's compatibility forbids. Nothing was written.",
            step: "change the query, write to another topic, or change the subject's compatibility in the registry"),
        .refusedSchema: Self(
            "The schema registry does not take the schema",
            "It finds a mistake in the schema, or does not know its language.",
            step: "look at what the registry says of it"),
        .unusableSchema: Self(
            "A schema that has no columns",
            "Columns cannot be taken from it: it is no record, refers to itself, or has a type that SQL has not.",
            step: "write the columns that are wanted into the statement"),
        .noRegistry: Self(
            "No schema registry is named",
            "The columns, or the numbers that records begin with, come from a schema registry.",
            step: "schema.registry.url: http://HOST:8081 in millrace.yaml, or --schema-registry URL; to check a "
                + "program without a network put the schemas into files: --schemas DIR"),
        .resultLacksValue: Self(
            "A result with a NULL that its schema does not take",
            "The results are written by a schema of the registry (KEY_SCHEMA_ID, VALUE_SCHEMA_ID), in which the field "
                + "may not be null and has no default. Leaving the row out would lose it, so that the run ends unless "
                + "errors.refused says otherwise.",
            step: "give the column a value (IFNULL), or the schema's field a default or a union with null; or set "
                + "errors.refused to skip, or to dead-letter"),
    ]
}
