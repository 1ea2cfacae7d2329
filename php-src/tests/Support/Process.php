<?php

declare(strict_types=1);

namespace RR\Tests\Support;

use RuntimeException;

/**
 * A PHP script in a process of its own, with its pipes in our hands, as the server would hold them.
 */
final class Process
{
    public readonly Peer $peer;

    /** @var resource */
    private $process;

    /** @var resource */
    private $stderr;

    /**
     * @param string                $script  name of a file in `tests/scripts`
     * @param array<string, string> $env     besides ours
     * @param list<string>          $options of `php` itself
     * @param list<string>          $arguments of the script
     */
    public function __construct(string $script, array $env = [], array $options = [], array $arguments = [])
    {
        $this->stderr = tmpfile();
        $command = [PHP_BINARY, '-d', 'display_errors=0', '-d', 'log_errors=1', '-d', 'error_log=', ...$options];
        $this->process = proc_open(
            [...$command, __DIR__ . "/../scripts/$script", ...$arguments],
            [['pipe', 'r'], ['pipe', 'w'], $this->stderr],
            $pipes,
            null,
            $env + getenv(),
        );
        $this->peer = new Peer($pipes[1], $pipes[0]);
    }

    public function __destruct()
    {
        if (is_resource($this->process)) {
            proc_terminate($this->process, 9);
        }
    }

    public function pid(): int
    {
        return proc_get_status($this->process)['pid'];
    }

    /** Waits for the end of the process; its exit code. */
    public function wait(): int
    {
        for ($until = microtime(true) + 10; microtime(true) < $until; usleep(1000)) {
            $status = proc_get_status($this->process);
            if (!$status['running']) {
                return $status['exitcode'];
            }
        }

        throw new RuntimeException('the process did not end; its stderr: ' . $this->stderr());
    }

    public function stderr(): string
    {
        return (string) file_get_contents(stream_get_meta_data($this->stderr)['uri']);
    }
}
