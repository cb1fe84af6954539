// SPDX-License-Identifier: Apache-2.0

/// The stable names of what can be wrong, for messages, searches and `millrace help CODE`. A number never gets another
/// meaning. E1 configuration, E2 data and time, E3 Kafka and security, E4 SQL, E5 state, E6 the process and
/// its machine.
package enum ErrorCode: String, Hashable, Sendable, CaseIterable {
    // MARK: Configuration

    case malformedFile = "E1001"
    case unknownKey = "E1002"
    case wrongValue = "E1003"
    case unresolvedReference = "E1004"
    case unknownVariable = "E1005"
    case noProgram = "E1006"
    case noBrokers = "E1007"
    case unreadableFile = "E1008"
    case contradiction = "E1009"
    case commandLine = "E1010"
    case unknownProperty = "E1101"
    case wrongPropertyValue = "E1102"
    case ownedProperty = "E1103"
    case refusedProperty = "E1104"
    case malformedClientFile = "E1201"
    case untranslatedLogin = "E1202"
    case untranslatedStore = "E1203"
    case unguardedAddress = "E1301"
    case unusableToken = "E1302"

    // MARK: Data and time

    case rangeNotHeld = "E2001"
    case compactedStream = "E2002"
    case futureTimestamps = "E2003"
    case replacedTimestamps = "E2004"
    case outputExpires = "E2005"
    case outputRefusesOldRecords = "E2006"
    case outputForgetsRows = "E2007"
    case outputRefusesKeylessRecords = "E2008"
    case nothingToGuessFrom = "E2009"
    case misplacedKeys = "E2010"
    case keyInTwoPartitions = "E2011"
    case implausibleTimes = "E2012"
    case columnNotInRecords = "E2013"
    case undecodableRecord = "E2101"
    case keylessRecord = "E2102"
    case recordAheadOfTime = "E2103"
    case lateRecord = "E2104"
    case recordTooLarge = "E2105"
    case tooManyBadRecords = "E2106"
    case resultTimeRefused = "E2110"

    // MARK: Kafka and security

    case unreachable = "E3001"
    case clockSkew = "E3002"
    case noLeader = "E3003"
    case unknownToLibrary = "E3004"
    case kafkaFailure = "E3005"
    case loginRefused = "E3101"
    case loginByScram = "E3102"
    case passwordInClear = "E3103"
    case uncheckedIdentity = "E3104"
    case missingTopic = "E3201"
    case wrongPartitionCount = "E3202"
    case tooFewReplicas = "E3203"
    case cannotCreateTopic = "E3204"
    case topicNotVisible = "E3205"
    case outputReplaced = "E3206"
    case readForbidden = "E3301"
    case groupForbidden = "E3302"
    case transactionForbidden = "E3303"
    case createForbidden = "E3304"
    case writeForbidden = "E3305"
    case alterForbidden = "E3306"
    case clusterForbidden = "E3307"
    case upkeepForbidden = "E3308"
    case transactionTimeoutTooLong = "E3401"
    case sessionTimeoutNotAllowed = "E3402"
    case noTransactions = "E3403"
    case takenOver = "E3404"
    case secondProcess = "E3405"
    case offsetsForgotten = "E3406"
    case openTransaction = "E3407"

    // MARK: SQL

    case sqlSyntax = "E4001"
    case sqlMeaning = "E4002"
    case sqlSetting = "E4003"

    // MARK: State

    case changelogNotCompacted = "E5001"
    case changelogPartitionCount = "E5002"
    case stateOutlivesInput = "E5003"
    case committedOffsetLost = "E5004"
    case stateInputLost = "E5005"
    case inputShortened = "E5006"
    case inputReplaced = "E5007"
    case unusableState = "E5008"
    case foreignCommit = "E5009"
    case stateTooLarge = "E5010"
    case programChanged = "E5011"
    case otherProgram = "E5012"
    case resultsExist = "E5013"
    case exchangeSwitched = "E5101"
    case exchangeOfAnother = "E5102"
    case exchangeWidened = "E5103"
    case unusableExchange = "E5104"
    case jobOfAnother = "E5201"
    case jobWidened = "E5202"

    // MARK: The process and its machine

    case internalError = "E6001"
    case stoppedEarly = "E6002"
    case cannotServe = "E6101"
    case noProcess = "E6102"
    case tokenRefused = "E6103"
    case unexpectedAnswer = "E6104"
    case cannotWrite = "E6201"
    case fileExists = "E6202"
}
