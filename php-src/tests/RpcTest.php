<?php

declare(strict_types=1);

namespace RR\Tests;

use PHPUnit\Framework\TestCase;
use RR\Environment;
use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Frame;
use RR\Rpc;
use RR\Rpc\Codec;
use RR\Tests\Support\Process;
use RR\Tests\Support\Vectors;

/**
 * Calls to a server in another process, over TCP and a unix socket.
 */
final class RpcTest extends TestCase
{
    private static ?Process $tcp = null;

    private static ?Process $unix = null;

    private static string $tcpAddress;

    private static string $unixAddress;

    public static function setUpBeforeClass(): void
    {
        $path = sys_get_temp_dir() . '/rr-php-rpc-' . getmypid() . '.sock';
        self::$tcp = new Process('rpc-server.php', arguments: ['tcp://127.0.0.1:0']);
        self::$unix = new Process('rpc-server.php', arguments: ["unix://$path"]);
        self::$tcpAddress = self::$tcp->peer->line();
        self::$unixAddress = self::$unix->peer->line();
    }

    public static function tearDownAfterClass(): void
    {
        self::$tcp = self::$unix = null;
        @unlink(substr(self::$unixAddress, 7));
    }

    /**
     * @dataProvider recorded
     *
     * @param array<string, mixed> $request
     * @param array<string, mixed> $response
     */
    public function testCallsAsRecorded(array $request, array $response): void
    {
        $codec = Codec::from($request['decoded']['flags']);
        if ($codec === Codec::Msgpack && !extension_loaded('msgpack')) {
            self::markTestSkipped('the extension msgpack is not loaded');
        }
        $method = $request['decoded']['method'];
        $argument = substr($request['bytes'], 20 + strlen($method));
        $result = substr($response['bytes'], 20 + strlen($method));
        $rpc = new Rpc(self::$unixAddress);
        if ($response['decoded']['flags'] & Frame::ERROR) {
            try {
                $rpc->call($method, $codec->decode($argument), $codec);
                self::fail('the error was swallowed');
            } catch (ServiceException $e) {
                self::assertSame([$result, $method, self::$unixAddress], [$e->error, $e->method, $e->address]);
                self::assertSame("$method on " . self::$unixAddress . ": $result", $e->getMessage());
            }
        } else {
            self::assertSame($codec->decode($result), $rpc->call($method, $codec->decode($argument), $codec));
        }
    }

    public function recorded(): iterable
    {
        foreach (['rpc', 'rpc-plugins'] as $file) {
            $vectors = Vectors::of($file);
            foreach ($vectors as $name => $vector) {
                if (str_ends_with($name, '-request')) {
                    yield $name => [$vector, $vectors[str_replace('-request', '-response', $name)]];
                }
            }
        }
    }

    /**
     * @dataProvider codecs
     */
    public function testEveryCodecComesBackAsItWent(Codec $codec, mixed $value): void
    {
        if ($codec === Codec::Msgpack && !extension_loaded('msgpack')) {
            self::markTestSkipped('the extension msgpack is not loaded');
        }
        self::assertSame($value, (new Rpc(self::$tcpAddress))->call('test.Echo', $value, $codec));
        self::assertSame($value, (new Rpc(self::$unixAddress, $codec))->call('test.Echo', $value));
    }

    public function codecs(): iterable
    {
        yield [Codec::Json, ['a' => [1, 2.5, null, true, 'ä/b']]];
        yield [Codec::Json, null];
        yield [Codec::Raw, "\0\xFF bytes"];
        yield [Codec::Raw, ''];
        yield [Codec::Raw, random_bytes(5 * 1024 * 1024)];
        yield [Codec::Msgpack, ['a' => [1, 2.5, null, false]]];
        yield [Codec::Msgpack, false];
        yield [Codec::Proto, "\x08\x01"];
        yield [Codec::Proto, ''];
    }

    public function testCodecsAreTheFlagsOfFrames(): void
    {
        self::assertSame(
            [Frame::JSON, Frame::RAW, Frame::MSGPACK, Frame::PROTO],
            array_map(static fn (Codec $codec): int => $codec->value, Codec::cases()),
        );
    }

    public function testNumbersBeyondOursStayWhole(): void
    {
        self::assertSame('18446744073709551615', Codec::Json->decode('18446744073709551615'));
        self::assertNull(Codec::Json->decode(''));
    }

    public function testProtobufMessagesGoInAndOut(): void
    {
        $rpc = new Rpc(self::$unixAddress);
        $into = self::message('');
        self::assertSame($into, $rpc->call('test.Echo', self::message('payload'), Codec::Proto, $into));
        self::assertSame('payload', $into->bytes);
    }

    /**
     * @dataProvider unencodable
     */
    public function testWhatCannotBeEncodedIsNotSent(Codec $codec, mixed $argument, string $message): void
    {
        $rpc = new Rpc(self::$unixAddress);
        try {
            $rpc->call('test.Echo', $argument, $codec);
            self::fail('it was sent');
        } catch (CodecException $e) {
            self::assertStringStartsWith($message, $e->getMessage());
        }
        self::assertSame(1, $rpc->call('test.Echo', 1));
    }

    public function unencodable(): iterable
    {
        yield [Codec::Json, "\xFF", 'the argument cannot be written as JSON: Malformed UTF-8'];
        yield [Codec::Raw, ['a'], 'the raw codec takes a string: got array'];
        yield [Codec::Proto, 5, 'the protobuf codec takes a string or a message: got int'];
    }

    /**
     * @dataProvider undecodable
     */
    public function testResultsThatCannotBeDecodedAreSaid(string $message, Codec $codec, string $bytes, ?object $into): void
    {
        $this->expectException(CodecException::class);
        $this->expectExceptionMessage($message);
        $codec->decode($bytes, $into);
    }

    public function undecodable(): iterable
    {
        yield ['the result is no JSON: Syntax error', Codec::Json, '{', null];
        yield ['stdClass is no protobuf message: it has no mergeFromString()', Codec::Proto, 'x', new \stdClass()];
        if (extension_loaded('msgpack')) {
            yield ['the result is no MessagePack', Codec::Msgpack, "\x92\x01", null];
        }
    }

    public function testMsgpackNeedsItsExtensionAndSaysSo(): void
    {
        $process = new Process('msgpack.php', [], ['-n']);
        self::assertSame(
            'RR\Exception\CodecException: the MessagePack codec needs the PHP extension `msgpack`: install it, or use JSON',
            $process->peer->line(),
        );
    }

    public function testAnErrorLeavesTheConnectionAlive(): void
    {
        $rpc = new Rpc(self::$tcpAddress);
        for ($i = 0; $i < 3; ++$i) {
            try {
                $rpc->call('test.Fail', $i);
                self::fail('the error was swallowed');
            } catch (ServiceException $e) {
                self::assertSame("it failed: $i", $e->error);
            }
            self::assertSame($i, $rpc->call('test.Echo', $i));
        }
    }

    public function testResultsMayComeInAnyOrder(): void
    {
        $rpc = new Rpc(self::$unixAddress);
        $a = $rpc->callAsync('test.Hold', 'a');
        $b = $rpc->callAsync('test.Hold', 'b');
        $rpc->callAsync('test.Hold', 'nobody waits for this one');
        $last = $rpc->callAsync('test.Release', 'last');

        self::assertSame(['a', 'last', 'b', 'a'], [$a->await(), $last->await(), $b->await(), $a->await()]);
        self::assertSame(5, $rpc->call('test.Echo', 5));
    }

    public function testThousandsOfCallsAtOnceDoNotBlockEachOther(): void
    {
        foreach ([self::$tcpAddress, self::$unixAddress] as $address) {
            $rpc = new Rpc($address);
            $calls = [];
            for ($i = 0; $i < 3000; ++$i) {
                $calls[] = $rpc->callAsync('test.Echo', [$i, str_repeat('x', $i % 50 * 40)]);
            }
            foreach ($calls as $i => $call) {
                self::assertSame($i, $call->await()[0]);
            }
        }
    }

    public function testConnectsAgainWhenTheServerClosedAnIdleConnection(): void
    {
        foreach ([self::$tcpAddress, self::$unixAddress] as $address) {
            $rpc = new Rpc($address);
            for ($i = 0; $i < 3; ++$i) {
                self::assertSame($i, $rpc->call('test.Slam', $i));
                usleep(20_000); // for the end of the connection to arrive
            }
        }
    }

    /**
     * @dataProvider breakers
     */
    public function testABrokenConnectionFailsItsCallsAndTheNextOneConnectsAgain(string $method, string $message): void
    {
        foreach ([self::$tcpAddress, self::$unixAddress] as $address) {
            $rpc = new Rpc($address);
            $open = $rpc->callAsync('test.Hold', 'x');
            foreach ([fn () => $rpc->call($method, 'x'), $open->await(...)] as $call) {
                try {
                    $call();
                    self::fail('the failure was swallowed');
                } catch (RelayException $e) {
                    self::assertStringContainsString($message, $e->getMessage());
                    self::assertStringContainsString($address, $e->getMessage());
                }
            }
            self::assertSame('again', $rpc->call('test.Echo', 'again'));
        }
    }

    public function breakers(): iterable
    {
        yield ['test.Close', 'closed the connection before it answered'];
        yield ['test.Half', 'ended inside a frame: 1 more bytes expected'];
        yield ['test.Garbage', 'the checksum of its header is wrong; it begins with "this is no frame'];
        yield ['test.Stranger', 'answered a call that nobody made, sequence 79'];
        yield ['test.OneOption', 'answered a call that nobody made, sequence 0'];
    }

    public function testDoesNotWaitLongerThanItWasTold(): void
    {
        foreach ([self::$tcpAddress, self::$unixAddress] as $address) {
            $rpc = new Rpc($address, timeout: 0.1);
            $start = microtime(true);
            try {
                $rpc->call('test.Sleep', 'x');
                self::fail('it waited');
            } catch (RelayException $e) {
                self::assertSame("no answer on `$address` in time", $e->getMessage());
                self::assertLessThan(0.3, microtime(true) - $start);
            }
            usleep(500_000); // until the server looks at its connections again
            self::assertSame('again', $rpc->call('test.Echo', 'again'));
        }
    }

    public function testSaysWhereNobodyListens(): void
    {
        $this->expectException(RelayException::class);
        $this->expectExceptionMessage('cannot connect to `tcp://127.0.0.1:1`: Connection refused; is the server');
        (new Rpc('tcp://127.0.0.1:1'))->call('a.B');
    }

    public function testTakesItsAddressFromTheEnvironment(): void
    {
        self::assertSame(self::$tcpAddress, Rpc::create(new Environment(rpc: self::$tcpAddress))->address);
        self::assertSame('tcp://127.0.0.1:6001', (new Rpc())->address);
    }

    private static function message(string $bytes): object
    {
        return new class ($bytes) {
            public function __construct(public string $bytes)
            {
            }

            public function serializeToString(): string
            {
                return $this->bytes;
            }

            public function mergeFromString(string $bytes): void
            {
                $this->bytes .= $bytes;
            }
        };
    }
}
