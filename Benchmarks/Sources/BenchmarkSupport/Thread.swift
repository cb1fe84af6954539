// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One thread of the operating system.
package final class Thread {
    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    private let handle: pthread_t?

    /// Starts it.
    package init(_ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Body(body)).toOpaque()
        #if canImport(Darwin)
            var started: pthread_t?
            let code = pthread_create(&started, nil, { Thread.enter($0) }, context)
        #else
            var started = pthread_t()
            let code = pthread_create(&started, nil, { $0.map { Thread.enter($0) } ?? nil }, context)
        #endif
        handle = code == 0 ? started : nil
        if code != 0 { Unmanaged<Body>.fromOpaque(context).release() }
    }

    private static func enter(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }

    /// Waits for its end.
    package func join() {
        if let handle { pthread_join(handle, nil) }
    }
}
