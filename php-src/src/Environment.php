<?php

declare(strict_types=1);

namespace RR;

/**
 * What the server tells a worker through environment variables.
 */
final class Environment
{
    /**
     * @param string $relay   `RR_RELAY`: `pipes`, `tcp://host:port` or `unix:///path`
     * @param string $rpc     `RR_RPC`: where the server listens for RPC
     * @param string $mode    `RR_MODE`: the service that owns the worker (`http`, `jobs`, …), empty outside the server
     * @param string $version `RR_VERSION`: version of the server, empty outside the server
     * @param string $zygote  `RR_ZYGOTE`: where forks of this process connect to the server, empty where it is not to fork
     */
    public function __construct(
        public readonly string $relay = 'pipes',
        public readonly string $rpc = 'tcp://127.0.0.1:6001',
        public readonly string $mode = '',
        public readonly string $version = '',
        public readonly string $zygote = '',
    ) {
    }

    /** Reads the variables of this process; `$_SERVER` wins over the environment proper. */
    public static function fromGlobals(): self
    {
        return new self(
            self::variable('RR_RELAY') ?: 'pipes',
            self::variable('RR_RPC') ?: 'tcp://127.0.0.1:6001',
            self::variable('RR_MODE'),
            self::variable('RR_VERSION'),
            self::variable('RR_ZYGOTE'),
        );
    }

    private static function variable(string $name): string
    {
        $value = $_SERVER[$name] ?? getenv($name);

        return is_string($value) ? $value : '';
    }
}
