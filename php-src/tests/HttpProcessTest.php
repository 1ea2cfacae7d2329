<?php

declare(strict_types=1);

namespace RR\Tests;

use PHPUnit\Framework\TestCase;
use RR\Frame;
use RR\Tests\Support\Process;
use RR\Tests\Support\Vectors;

/**
 * A whole HTTP worker, started as the server starts it.
 */
final class HttpProcessTest extends TestCase
{
    public function testServesOneRequestAfterAnotherWhateverHappens(): void
    {
        $worker = new Process('http.php');
        foreach (['json34', 'proto35'] as $codec) {
            $this->hello($worker, $codec);

            $worker->peer->write(Vectors::bytes('http', "$codec-request-err"));
            $error = $worker->peer->read();
            self::assertSame(Frame::ERROR, $error['flags']);
            self::assertStringStartsWith('RuntimeException: application exploded in ', $error['body']);

            $worker->peer->write(Vectors::bytes('http', "$codec-request-103"));
            self::assertSame([Frame::STREAM, ''], [($early = $worker->peer->read())['stream'], $early['body']]);
            self::assertSame([0, 'nf'], [($final = $worker->peer->read())['stream'], $final['body']]);
        }
        $worker->peer->command('{"stop":true}');
        self::assertSame('', $worker->peer->rest());
        self::assertSame(0, $worker->wait());
        self::assertSame('', $worker->stderr());
    }

    public function testAnAbandonedStreamEndsAndTheWorkerGoesOn(): void
    {
        $worker = new Process('http.php');
        $worker->peer->write(Vectors::bytes('http', 'json34-request-stream'));
        self::assertSame('part0;', $worker->peer->read()['body']);
        $worker->peer->write(Vectors::bytes('worker', 'stream-cancel'));

        for ($parts = 1; ($frame = $worker->peer->read())['stream'] === Frame::STREAM; ++$parts) {
        }
        self::assertLessThan(50_000, $parts);
        self::assertSame('', $frame['context'] . $frame['body']);
        $this->hello($worker, 'json34');
        self::assertSame("stream closed\n", $worker->stderr());
    }

    public function testAFailureAfterTheAnswerIsLoggedAndHarmsNobody(): void
    {
        $worker = new Process('http.php');
        $this->request($worker, '/late');
        self::assertSame('in time', $worker->peer->read()['body']);
        $this->hello($worker, 'json34');
        self::assertStringStartsWith('rr: after the answer was sent: RuntimeException: too late', $worker->stderr());
    }

    public function testWhatTheHandlerReturnsAfterAStopIsDropped(): void
    {
        $worker = new Process('http.php');
        $this->request($worker, '/stop');
        self::assertSame('{"stop":true}', $worker->peer->read()['context'] . $worker->peer->rest());
        self::assertSame(0, $worker->wait());
        self::assertSame('', $worker->stderr());
    }

    private function request(Process $worker, string $path): void
    {
        $hello = Vectors::of('http')['json34-request-hello']['decoded']['context_utf8'];
        $worker->peer->task('', str_replace('/hello', $path, $hello), Frame::JSON);
    }

    private function hello(Process $worker, string $codec): void
    {
        $worker->peer->write(Vectors::bytes('http', "$codec-request-hello"));
        $answer = $worker->peer->read();
        self::assertSame('hello 1', $answer['body']);
        self::assertSame($codec === 'json34' ? Frame::JSON : Frame::PROTO, $answer['flags']);
    }
}
