// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension ErrorCode.Explanation {
    /// Of the process and its machine.
    static let process: [ErrorCode: Self] = [
        .internalError: Self(
            "A mistake of Millrace",
            "Something happened that should be impossible.",
            step: "please report it, with the message and millrace version"),
        .stoppedEarly: Self(
            "Stopped before the end",
            "Somebody asked the process to stop before its work was done.",
            step: "start it again: a run goes on from its last commit, a replay begins anew"),
        .cannotServe: Self(
            "The status page cannot be served",
            "The address is not this machine's, or the port is taken by another process.",
            step: "choose another port with --http ADDRESS:PORT (http.port), or --http off"),
        .noProcess: Self(
            "No process answers",
            "There is no millrace run at this address, or something else listens there.",
            step: "a run says at its start where its status page is; name that place with --http ADDRESS:PORT"),
        .tokenRefused: Self(
            "The process asks for a token",
            "The status page was started with http.token.file, and none or another token was shown.",
            step: "name the file with the token: --http-token-file FILE"),
        .unexpectedAnswer: Self(
            "The process does not answer as it should",
            "It broke the connection off, is busy, or is of another version.",
            step: "try again; check --http ADDRESS:PORT"),
        .cannotWrite: Self(
            "Something cannot be written",
            "A file or standard output does not take what is written: the disk is full, permission is "
                + "missing, or the reader has gone away.",
            step: "check the path, its permissions and the space that is left"),
        .fileExists: Self(
            "A file is there already",
            "Files that exist are never overwritten.",
            step: "move it away, or run the command in another directory"),
    ]
}
