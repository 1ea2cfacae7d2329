<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

/**
 * Programs that run beside the workers: the service `service`.
 *
 * Those of `.rr.yaml` and those created here are alike, but for a restart of the server, which the latter do not
 * survive. All methods throw {@see ServiceException}, {@see RelayException} and {@see CodecException} as
 * {@see Rpc::call()} does.
 */
final class Programs
{
    public function __construct(private readonly Rpc $rpc)
    {
    }

    /**
     * Starts a program; its name must be new.
     *
     * @param string                $command         split on spaces
     * @param int                   $processes       how many of them run
     * @param int                   $execTimeout     seconds after which a process is stopped; 0: never
     * @param bool                  $remainAfterExit start a process again when it has ended
     * @param array<string, string> $env             besides the server's
     * @param int                   $restartSec      seconds from its end to that; 0 is 30
     * @param int                   $timeoutStopSec  seconds that it has to end when it is asked to; 0 is 5
     * @param bool                  $nameInLogs      log what it prints as `service.NAME`
     */
    public function create(
        string $name,
        string $command,
        int $processes = 1,
        int $execTimeout = 0,
        bool $remainAfterExit = false,
        array $env = [],
        int $restartSec = 0,
        int $timeoutStopSec = 0,
        bool $nameInLogs = false,
    ): void {
        $message = Proto::bytes(1, $name) . Proto::bytes(2, $command)
            . Proto::integer(3, $processes) . Proto::integer(4, $execTimeout)
            . Proto::integer(5, (int) $remainAfterExit);
        foreach ($env as $variable => $value) {
            $message .= Proto::bytes(6, Proto::bytes(1, (string) $variable) . Proto::bytes(2, (string) $value));
        }
        $message .= Proto::integer(7, $restartSec) . Proto::integer(8, (int) $nameInLogs)
            . Proto::integer(9, $timeoutStopSec);
        $this->rpc->call('service.Create', $message, Codec::Proto);
    }

    /** Stops the processes of a program and starts them again. */
    public function restart(string $name): void
    {
        $this->rpc->call('service.Restart', Proto::bytes(1, $name), Codec::Proto);
    }

    /** Stops the processes of a program and forgets it. */
    public function terminate(string $name): void
    {
        $this->rpc->call('service.Terminate', Proto::bytes(1, $name), Codec::Proto);
    }

    /** @return list<string> names of the programs */
    public function names(): array
    {
        return Proto::each($this->rpc->call('service.List', '', Codec::Proto), 1);
    }

    /** @return list<ProcessInfo> the processes of a program */
    public function processes(string $name): array
    {
        $statuses = $this->rpc->call('service.Statuses', Proto::bytes(1, $name), Codec::Proto);

        return array_map(ProcessInfo::of(...), Proto::each($statuses, 1));
    }
}
