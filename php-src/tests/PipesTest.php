<?php

declare(strict_types=1);

namespace RR\Tests;

use PHPUnit\Framework\TestCase;
use RR\Tests\Support\Peer;
use RR\Tests\Support\Process;
use RR\Tests\Support\Vectors;

/**
 * Real worker processes on real pipes and sockets: what is printed, what breaks, how they end.
 */
final class PipesTest extends TestCase
{
    public function testLivesFromHandshakeToStop(): void
    {
        $worker = new Process('frames.php');
        $worker->peer->write(Vectors::bytes('worker', 'pid-request'));
        self::assertSame('{"pid":' . $worker->pid() . '}', $worker->peer->read()['body']);

        $worker->peer->write(Vectors::bytes('worker', 'exec-context-and-body'));
        $answer = $worker->peer->read();
        self::assertSame([8, [7]], [$answer['flags'], $answer['options']]);
        self::assertSame(['{"a":1}', 'hello'], [$answer['context'], $answer['body']]);

        $worker->peer->command('{"stop":true}');
        self::assertSame('', $worker->peer->rest());
        self::assertSame(0, $worker->wait());
        self::assertSame("the end\n", $worker->stderr());
    }

    /**
     * @dataProvider printing
     */
    public function testPrintedTextGoesToStandardError(string $task, string $printed): void
    {
        $worker = new Process('frames.php');
        for ($i = 0; $i < 2; ++$i) {
            $worker->peer->task($task);
            self::assertSame($task, $worker->peer->read()['body']);
        }
        $worker->peer->command('{"stop":true}');
        self::assertSame('', $worker->peer->rest());
        self::assertSame(0, $worker->wait());
        self::assertStringContainsString($printed, $worker->stderr());
    }

    public function printing(): iterable
    {
        yield ['echo', "echoed\nechoed\n"];
        yield ['var_dump', "array(1) {\n  [\"dumped\"]=>\n  int(1)\n}\n"];
        yield ['warning', 'PHP Warning:  warned in '];
        yield ['php://output', "to output\nto output\n"];
        yield ['php://stdout', "to stdout\nto stdout\n"];
        yield ['ob_end_clean', "echoed without a buffer\n"];
        yield ['child', "said by a child\nsaid by a child\n"];
    }

    public function testMessagesOfPhpItselfBreakNoFrame(): void
    {
        $worker = new Process('frames.php', [], ['-d', 'display_errors=1', '-d', 'log_errors=0']);
        $worker->peer->task('warning');
        self::assertSame('warning', $worker->peer->read()['body']);
        self::assertStringContainsString("Warning: warned in ", $worker->stderr());
    }

    public function testTheConstantsAreClosedAndStandardInputIsEmpty(): void
    {
        $worker = new Process('frames.php');
        $worker->peer->task('STDOUT');
        self::assertSame('fwrite(): supplied resource is not a valid stream resource', $worker->peer->read()['body']);
        $worker->peer->task('stdin');
        self::assertSame('read: ', $worker->peer->read()['body']);
    }

    public function testHeadersCanBeSetAfterAnEcho(): void
    {
        $worker = new Process('frames.php');
        $worker->peer->task('headers');
        self::assertSame('false', $worker->peer->read()['body']);
        self::assertSame("echoed\n", $worker->stderr());
    }

    public function testNeedsNoExtensionAndNoIniFile(): void
    {
        $worker = new Process('frames.php', [], ['-n']);
        $worker->peer->task('echo');
        self::assertSame('echo', $worker->peer->read()['body']);
    }

    public function testCarriesFiveMegabytesBothWays(): void
    {
        $worker = new Process('frames.php');
        $body = random_bytes(5 * 1024 * 1024 + 7);
        for ($i = 0; $i < 3; ++$i) {
            $worker->peer->task($body, 'ctx');
            $answer = $worker->peer->read();
            self::assertTrue($answer['body'] === $body, 'the body came back changed');
            self::assertSame('ctx', $answer['context']);
        }
    }

    public function testHandsATaskBack(): void
    {
        $worker = new Process('frames.php');
        $worker->peer->task('stop');
        self::assertSame(Vectors::bytes('worker', 'worker-wants-stop'), $worker->peer->read()['bytes']);
        self::assertSame(0, $worker->wait());
    }

    public function testEndsCleanlyWhenTheServerIsGone(): void
    {
        $worker = new Process('frames.php');
        $worker->peer->task('hello');
        $worker->peer->read();
        $worker->peer->close();
        self::assertSame(0, $worker->wait());
    }

    /**
     * @dataProvider broken
     */
    public function testBrokenInputEndsTheProcessWithAClearMessage(string $bytes, string $message): void
    {
        $worker = new Process('frames.php');
        $worker->peer->write($bytes);
        $worker->peer->close();
        self::assertSame(255, $worker->wait());
        self::assertSame('', $worker->peer->rest());
        self::assertStringContainsString($message, $worker->stderr());
    }

    public function broken(): iterable
    {
        $task = Peer::frame(8, [3], 'ctxbody');
        $ended = 'RelayException: `pipes` ended inside a frame: ';
        yield 'in the header' => [substr($task, 0, 11), $ended . '1 more bytes expected'];
        yield 'before the options' => [substr($task, 0, 12), $ended . '4 more bytes expected'];
        yield 'in the options' => [substr($task, 0, 14), $ended . '2 more bytes expected'];
        yield 'in the context' => [substr($task, 0, 17), $ended . '2 more bytes expected'];
        yield 'in the body' => [substr($task, 0, -1), $ended . '1 more bytes expected'];
        $large = Peer::frame(8, [0], str_repeat('x', 300_000));
        yield 'in a large body' => [substr($large, 0, -1), $ended . '1 more bytes expected'];
        yield 'garbage' => ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", 'it begins with "GET / HTTP/1.1\r\nHost: x'];
        yield 'bad checksum' => [Vectors::bytes('frames', 'crc-bit-flip'), 'the checksum of its header is wrong'];
        $control = Vectors::bytes('worker', 'unknown-control-for-worker');
        yield 'unknown control' => [$control, 'ProtocolException: unexpected frame from the server'];
        $claim = Vectors::bytes('frames', 'length-4g-claimed');
        yield '4 GiB that never come' => [$claim, $ended . '4294967295 more bytes expected'];
    }

    /**
     * @dataProvider suddenEnds
     */
    public function testAnEndWithoutAnAnswerIsExplained(string $task, int $code, string $message): void
    {
        $worker = new Process('frames.php');
        $worker->peer->task($task);
        self::assertSame('', $worker->peer->rest());
        self::assertSame($code, $worker->wait());
        self::assertStringContainsString($message, $worker->stderr());
        self::assertStringContainsString('rr: the script ended before it answered its task', $worker->stderr());
    }

    public function suddenEnds(): iterable
    {
        yield ['exit', 3, ''];
        yield ['fatal', 255, 'Uncaught Error: Call to undefined function undefined_function()'];
        yield ['memory', 255, 'Allowed memory size of'];
    }

    /**
     * @requires extension pcntl
     * @requires extension posix
     */
    public function testSignalsDoNotDisturbTheWait(): void
    {
        $worker = new Process('frames.php');
        $worker->peer->task('signals');
        $worker->peer->read();
        for ($i = 0; $i < 50; ++$i) {
            posix_kill($worker->pid(), SIGUSR1);
            usleep(1000);
        }
        $worker->peer->task('still here');
        self::assertSame('still here', $worker->peer->read()['body']);
    }

    /**
     * @dataProvider sockets
     */
    public function testWorksOverSockets(string $listen): void
    {
        $server = stream_socket_server($listen);
        self::assertIsResource($server);
        $address = str_starts_with($listen, 'tcp') ? 'tcp://' . stream_socket_get_name($server, false) : $listen;
        $worker = new Process('frames.php', ['RR_RELAY' => $address]);
        $connection = stream_socket_accept($server, 5);
        $peer = new Peer($connection, $connection);

        $peer->command('{"pid":1}');
        self::assertSame('{"pid":' . $worker->pid() . '}', $peer->read()['body']);
        $body = random_bytes(5 * 1024 * 1024);
        $peer->task($body);
        self::assertTrue($peer->read()['body'] === $body, 'the body came back changed');
        $peer->task('echo');
        self::assertSame('echo', $peer->read()['body']);
        $peer->command('{"stop":true}');
        self::assertSame('', $peer->rest());
        self::assertSame(0, $worker->wait());
        self::assertSame('', $worker->peer->rest());
        self::assertSame("echoed\nthe end\n", $worker->stderr());
        @unlink(substr($listen, strlen('unix://')));
    }

    public function sockets(): iterable
    {
        yield ['tcp://127.0.0.1:0'];
        yield ['unix://' . sys_get_temp_dir() . '/rr-php-test-' . getmypid() . '.sock'];
    }

    public function testReadsItsEnvironment(): void
    {
        $environment = ['RR_RPC' => 'unix:///rr.sock', 'RR_MODE' => 'http', 'RR_VERSION' => '2025.1'];
        $worker = new Process('frames.php', $environment);
        $worker->peer->task('env');
        self::assertSame(
            ['relay' => 'pipes', 'rpc' => 'unix:///rr.sock', 'mode' => 'http', 'version' => '2025.1', 'zygote' => ''],
            json_decode($worker->peer->read()['body'], true),
        );
    }

    public function testAScriptStartedByHandSaysThatItIsAWorker(): void
    {
        $process = @proc_open([PHP_BINARY, __DIR__ . '/scripts/frames.php'], [['pty'], ['pty'], ['pipe', 'w']], $pipes);
        if ($process === false) {
            self::markTestSkipped('this PHP cannot open terminals');
        }
        self::assertStringContainsString('standard input is a terminal', (string) stream_get_contents($pipes[2]));
    }

    public function testNobodyListeningIsSaid(): void
    {
        $worker = new Process('frames.php', ['RR_RELAY' => 'unix:///nowhere/rr.sock']);
        self::assertSame(255, $worker->wait());
        self::assertStringContainsString('cannot connect to `unix:///nowhere/rr.sock`', $worker->stderr());
    }
}
