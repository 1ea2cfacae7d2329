<?php

declare(strict_types=1);

namespace RR\Tests;

use PHPUnit\Framework\TestCase;
use RR\Exception\ProtocolException;
use RR\Exception\RelayException;
use RR\Frame;
use RR\Relay;
use RR\Tests\Support\Dribble;
use RR\Tests\Support\Vectors;

/**
 * Frames as bytes: all vectors, bytes that come in pieces, and bytes that are no frames.
 */
final class RelayTest extends TestCase
{
    /**
     * @dataProvider valid
     *
     * @param array<string, mixed> $decoded
     */
    public function testReadsAndWritesEveryVector(string $bytes, array $decoded): void
    {
        $frame = self::receive($bytes);

        self::assertSame($decoded['flags'], $frame->flags);
        self::assertSame($decoded['options'], $frame->options);
        self::assertSame($decoded['stream_byte'], $frame->stream);
        self::assertSame($decoded['payload_len'], strlen($frame->head . $frame->body));
        $payload = substr($bytes, 4 * $decoded['header_words']);
        self::assertSame($payload, $frame->head . $frame->body);
        if (count($frame->options) === 1 || count($frame->options) === 2) {
            self::assertSame(end($decoded['options']), strlen($frame->head));
        }

        $known = $decoded['version'] === 1 && $decoded['reserved_byte'] === 0;
        $expected = $known ? $bytes : self::withVersionOne($bytes);
        self::assertSame(bin2hex($expected), bin2hex(self::sent($frame)));
    }

    public function valid(): iterable
    {
        foreach (['frames', 'worker', 'http', 'rpc', 'rpc-plugins', 'plugin-workers'] as $file) {
            foreach (Vectors::of($file) as $name => $vector) {
                if ($vector['valid']) {
                    yield "$file: $name" => [$vector['bytes'], $vector['decoded']];
                }
            }
        }
    }

    /**
     * @dataProvider invalid
     */
    public function testRefusesEveryInvalidVector(string $bytes, string $error): void
    {
        if ($error === 'eof') {
            self::assertNull(self::receive($bytes));

            return;
        }
        $this->expectException($error === 'unexpected_eof' ? RelayException::class : ProtocolException::class);
        $this->expectExceptionMessage(match ($error) {
            'bad_crc', 'script_not_found' => 'the checksum of its header is wrong; it begins with "',
            'bad_header_length', 'too_many_options' => 'words, expected 3 to 13',
            'unexpected_eof' => 'ended inside a frame',
        });
        self::receive($bytes);
    }

    public function invalid(): iterable
    {
        foreach (Vectors::of('frames') as $name => $vector) {
            if (!$vector['valid']) {
                yield $name => [$vector['bytes'], $vector['error']];
            }
        }
    }

    /**
     * @dataProvider headBeyondPayload
     */
    public function testRefusesAHeadLongerThanThePayload(string $bytes): void
    {
        $this->expectException(ProtocolException::class);
        $this->expectExceptionMessage('bytes, the whole payload only');
        self::receive($bytes);
    }

    public function headBeyondPayload(): iterable
    {
        yield [Vectors::bytes('worker', 'response-option-beyond-payload')];
        yield [Vectors::bytes('rpc', 'rpc-method-length-beyond-payload')];
    }

    public function testDoesNotTakeMemoryOnTheStrengthOfAHeader(): void
    {
        try {
            self::receive(Vectors::bytes('frames', 'length-4g-claimed'));
            self::fail('a truncated frame was accepted');
        } catch (RelayException) {
            self::assertLessThan(1 << 30, memory_get_peak_usage());
        }
    }

    public function testFramesMayComeInAnyPieces(): void
    {
        mt_srand(7);
        for ($round = 0; $round < 300; ++$round) {
            $frames = [];
            $bytes = '';
            for ($i = mt_rand(1, 4); $i > 0; --$i) {
                $head = str_repeat('h', mt_rand(0, 40));
                $body = str_repeat('b', mt_rand(0, 3) === 0 ? mt_rand(60000, 140000) : mt_rand(0, 300));
                $flags = mt_rand(0, 255);
                $frame = match (mt_rand(0, 2)) {
                    0 => new Frame($flags, $body),
                    1 => new Frame($flags, $body, $head, [strlen($head)]),
                    2 => new Frame($flags, $body, $head, [mt_rand(0, 0xFFFFFFFF), strlen($head)]),
                };
                $frames[] = $frame;
                $bytes .= self::sent($frame);
            }
            $pieces = array_map(static fn (): int => mt_rand(1, mt_rand(0, 1) ? 20 : 70000), range(1, 30));
            $relay = new Relay(Dribble::of($bytes, $pieces), self::sink(), 'test', false);
            foreach ($frames as $frame) {
                self::assertEquals($frame, $relay->receive());
            }
            self::assertNull($relay->receive());
        }
    }

    /**
     * @dataProvider frameOfThreeParts
     */
    public function testEveryPlaceToCutAFrame(string $bytes, int $cut): void
    {
        $this->expectException(RelayException::class);
        $this->expectExceptionMessage('`test` ended inside a frame');
        self::receive(substr($bytes, 0, $cut));
    }

    public function frameOfThreeParts(): iterable
    {
        $bytes = self::sent(new Frame(8, 'body', 'head', [1, 4]));
        for ($cut = 1; $cut < strlen($bytes); ++$cut) {
            yield "after $cut bytes" => [$bytes, $cut];
        }
    }

    public function testIsUnusableOnceAFrameBroke(): void
    {
        $relay = new Relay(self::source('garbage, and more of it'), self::sink(), 'test');
        try {
            $relay->receive();
            self::fail('garbage was accepted');
        } catch (ProtocolException $e) {
            self::assertStringContainsString('it begins with "garbage, and more of it"', $e->getMessage());
        }
        foreach ([fn () => $relay->receive(), fn () => $relay->send(new Frame(0, 'x'))] as $use) {
            try {
                $use();
                self::fail('a broken relay was used');
            } catch (RelayException $e) {
                self::assertStringContainsString('cannot be used any more', $e->getMessage());
            }
        }
    }

    public function testLargeBodiesAreWrittenWhole(): void
    {
        foreach ([65535, 65536, 65537, 3_000_000] as $size) {
            $body = random_bytes($size);
            $frame = self::receive(self::sent(new Frame(4, $body, 'head', [4])));
            self::assertTrue($frame->body === $body, "body of $size bytes");
        }
    }

    public function testABodyMayBeSentInParts(): void
    {
        $whole = self::sent(new Frame(Frame::JSON, 'abcdef', '{}', [2]));
        foreach ([['abcdef'], ['', 'ab', '', 'cdef'], ['a', 'b', 'c', 'd', 'e', 'f', '']] as $parts) {
            $out = tmpfile();
            (new Relay(tmpfile(), $out, 'test'))->sendParts(new Frame(Frame::JSON, '', '{}', [2]), 6, $parts);
            rewind($out);
            self::assertSame(bin2hex($whole), bin2hex(stream_get_contents($out)));
        }
    }

    /**
     * @dataProvider wrongParts
     *
     * @param list<string> $parts
     */
    public function testABodyThatIsNotAsLongAsItSaidBreaksTheRelay(array $parts, string $error): void
    {
        $relay = new Relay(tmpfile(), tmpfile(), 'test');
        try {
            $relay->sendParts(new Frame(Frame::JSON, '', '{}', [2]), 6, $parts);
            self::fail('half a frame was taken for a whole one');
        } catch (RelayException $e) {
            self::assertStringContainsString($error, $e->getMessage());
        }
        $this->expectExceptionMessage('broke in the middle of a frame');
        $relay->send(new Frame(Frame::ERROR, 'too late'));
    }

    public function wrongParts(): iterable
    {
        yield 'none' => [[], '6 are missing'];
        yield 'too few' => [['abc'], '3 are missing'];
        yield 'too many' => [['abc', 'defg', 'h'], 'and has more'];
    }

    public function testRefusesToSendMoreOptionsThanAHeaderHolds(): void
    {
        self::assertCount(10, self::receive(self::sent(new Frame(0, '', '', range(1, 10))))->options);
        $this->expectException(ProtocolException::class);
        $this->expectExceptionMessage('at most 10 options');
        self::sent(new Frame(0, '', '', range(1, 11)));
    }

    public function testWritingToAClosedPeerFails(): void
    {
        [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        fclose($b);
        $this->expectException(RelayException::class);
        $this->expectExceptionMessage('cannot write to `test`: the other side is gone');
        (new Relay($a, $a, 'test'))->send(new Frame(0, 'x'));
    }

    public function testSaysWhatAddressesItKnows(): void
    {
        $this->expectException(RelayException::class);
        $this->expectExceptionMessage('unknown address `http://x`: expected `tcp://host:port` or `unix:///path` (');
        Relay::open('http://x');
    }

    public function testSaysWhereNobodyListens(): void
    {
        $this->expectException(RelayException::class);
        $this->expectExceptionMessage('cannot connect to `unix:///nowhere/rr.sock`');
        Relay::open('unix:///nowhere/rr.sock');
    }

    private static function receive(string $bytes): ?Frame
    {
        return (new Relay(self::source($bytes), self::sink(), 'test'))->receive();
    }

    private static function sent(Frame $frame): string
    {
        $sink = self::sink();
        (new Relay(self::source(''), $sink, 'test'))->send($frame);

        return stream_get_contents($sink, null, 0);
    }

    /** @return resource */
    private static function source(string $bytes)
    {
        $stream = self::sink();
        fwrite($stream, $bytes);
        rewind($stream);

        return $stream;
    }

    /** @return resource */
    private static function sink()
    {
        return fopen('php://memory', 'w+b');
    }

    private static function withVersionOne(string $bytes): string
    {
        $start = chr(ord($bytes[0]) & 0x0F | 0x10) . substr($bytes, 1, 5);

        return $start . pack('V', crc32($start)) . $bytes[10] . "\0" . substr($bytes, 12);
    }
}
