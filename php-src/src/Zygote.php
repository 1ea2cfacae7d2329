<?php

declare(strict_types=1);

namespace RR;

use RR\Exception\ProtocolException;
use RR\Exception\RelayException;

use function count;
use function function_exists;

/**
 * The parent of workers: a script that has booted the application once and forks, at the point where it would wait
 * for its first task, a worker whenever the server wants one. What was built before is in all of them.
 *
 * {@see Worker} uses it where the server set `RR_ZYGOTE`; a script needs nothing for it. A worker has its own
 * connection to the server, but what the application connected before the fork is one connection in many
 * processes: connect to databases when they are first used.
 *
 * It ends with the connection to the server, and takes its workers along: the server is gone then.
 */
final class Zygote
{
    private const NEEDED = ['pcntl_fork', 'pcntl_waitpid', 'pcntl_signal', 'posix_setpgid', 'posix_kill'];

    /** How many forks lie between this process and the one that was started. */
    private static int $forks = 0;

    /** @var array<int, true> the workers whose end was not asked for yet, by pid */
    private array $workers = [];

    /** @param string $address where workers connect to the server */
    private function __construct(private readonly string $address)
    {
    }

    /** The zygote that the server asks for, if it asks and PHP can fork. */
    public static function wanted(Environment $environment): ?self
    {
        if ($environment->zygote === '') {
            return null;
        }
        foreach (self::NEEDED as $function) {
            if (!function_exists($function)) {
                Stdio::report("rr: this process stays a plain worker: `$function` is missing or disabled");

                return null;
            }
        }

        return new self($environment->zygote);
    }

    /**
     * Tells this process from those that it was forked from: connections of theirs are not its own.
     *
     * @internal
     */
    public static function forks(): int
    {
        return self::$forks;
    }

    /**
     * Obeys the server; returns in each worker that is forked, with its connection.
     *
     * @throws ProtocolException the server sent what no zygote understands
     * @throws RelayException    the server cannot be reached
     */
    public function fork(Relay $orders): Relay
    {
        gc_collect_cycles(); // one collection here, not one in each worker
        // On the death of the server this one has its workers to end; the server itself closes the connection.
        $terminate = pcntl_signal_get_handler(SIGTERM);
        pcntl_signal(SIGTERM, SIG_IGN);
        while (($frame = $orders->receive()) !== null) {
            $order = json_decode($frame->body, true);
            if (!empty($order['fork'])) {
                $pid = @pcntl_fork();
                if ($pid === 0) {
                    pcntl_signal(SIGTERM, $terminate);

                    return $this->begin();
                }
                $answer = $this->forked($pid);
            } elseif (!empty($order['reap'])) {
                $answer = ['status' => $this->reap($order['reap'])];
            } elseif (!empty($order['pid'])) {
                $answer = ['pid' => getmypid(), 'zygote' => true];
            } else {
                throw ProtocolException::unexpected($frame->flags, count($frame->options), $frame->body);
            }
            $orders->send(new Frame(Frame::CONTROL, json_encode($answer, JSON_THROW_ON_ERROR)));
        }
        $this->end();
    }

    /** What makes a fork a worker of its own. */
    private function begin(): Relay
    {
        ++self::$forks;
        $this->workers = [];
        posix_setpgid(0, 0); // the zygote does it, too: whoever comes first
        mt_srand(); // or all workers would draw the same numbers
        Stdio::release();

        return Relay::connect($this->address);
    }

    /** @return array{pid: int}|array{error: string} */
    private function forked(int $pid): array
    {
        if ($pid < 0) {
            return ['error' => pcntl_strerror(pcntl_get_last_error())];
        }
        @posix_setpgid($pid, $pid);
        $this->workers[$pid] = true;

        return ['pid' => $pid];
    }

    /** How a worker has ended, as the system calls tell it; the server asks when it has. */
    private function reap(int $pid): ?int
    {
        unset($this->workers[$pid]);

        return pcntl_waitpid($pid, $status) === $pid ? $status : null;
    }

    /** Ends at once, and without what the application does at the end: workers that it forked may do that. */
    private function end(): never
    {
        foreach ($this->workers as $pid => $_) {
            posix_kill(-$pid, SIGKILL);
        }
        posix_kill(getmypid(), SIGKILL);
        exit;
    }
}
