<?php

declare(strict_types=1);

namespace RR\Tests;

use LogicException;
use PHPUnit\Framework\TestCase;
use RR\Exception\ProtocolException;
use RR\Exception\RelayException;
use RR\Frame;
use RR\Payload;
use RR\Relay;
use RR\Tests\Support\Peer;
use RR\Tests\Support\Vectors;
use RR\Worker;
use RuntimeException;

/**
 * The turns of a worker and its server, frame by frame, over a socket pair.
 */
final class WorkerTest extends TestCase
{
    private Worker $worker;

    private Peer $server;

    protected function setUp(): void
    {
        $this->connect(true);
    }

    public function testAnswersTheHandshakeAndWaitsOn(): void
    {
        $this->server->write(Vectors::bytes('worker', 'pid-request'));
        $this->server->task('hello');

        self::assertSame('hello', $this->worker->receive()->body);
        $answer = $this->server->read();
        self::assertSame('{"pid":' . getmypid() . '}', $answer['body']);
        self::assertSame([Frame::CONTROL, []], [$answer['flags'], $answer['options']]);
    }

    public function testStopsWhenAskedAndStaysStopped(): void
    {
        $this->server->write(Vectors::bytes('worker', 'stop-request'));

        self::assertNull($this->worker->receive());
        self::assertNull($this->worker->receive());
    }

    public function testStopsWhenTheServerIsGone(): void
    {
        $this->server->close();

        self::assertNull($this->worker->receive());
    }

    /**
     * @dataProvider answers
     */
    public function testAnswersAsRecorded(string $vector, Payload $answer): void
    {
        $this->server->write(Vectors::bytes('worker', 'exec-context-and-body'));
        self::assertEquals(new Payload('hello', '{"a":1}', Frame::JSON), $this->worker->receive());

        $this->worker->respond($answer);

        $this->assertSent(Vectors::bytes('worker', $vector));
    }

    public function answers(): iterable
    {
        yield ['respond-context-and-body', new Payload('hello', '{"a":1}')];
        yield ['respond-body-only', new Payload('body only')];
        yield ['respond-empty', new Payload('')];
        yield ['respond-codec-proto', new Payload('codec-body', 'codec-ctx', Frame::PROTO)];
        yield ['respond-codec-json', new Payload('codec-body', 'codec-ctx', Frame::JSON)];
    }

    public function testAnswersWithAnErrorAndGoesOn(): void
    {
        $this->receive('first');
        $this->worker->error('boom');
        $this->assertSent(Vectors::bytes('worker', 'worker-error'));

        $this->receive('second');
        $this->worker->respond(new Payload('fine'));
        self::assertSame('fine', $this->server->read()['body']);
    }

    public function testHandsTheTaskBackToBeReplaced(): void
    {
        $this->receive('task');
        $this->worker->stop();

        $this->assertSent(Vectors::bytes('worker', 'worker-wants-stop'));
        self::assertNull($this->worker->receive());
    }

    public function testHandsTheNextTaskBackWhenTheCurrentOneIsAnswered(): void
    {
        $this->receive('task');
        $this->worker->respond(new Payload('done'));
        $this->worker->stop();
        self::assertSame('done', $this->server->read()['body']);

        $this->server->task('next');
        self::assertNull($this->worker->receive());
        $this->assertSent(Vectors::bytes('worker', 'worker-wants-stop'));
    }

    public function testFinishesAnAnswerThatHasBegunBeforeItIsReplaced(): void
    {
        $this->receive('task');
        $this->worker->respondPart(new Payload('half'));
        $this->worker->stop();
        $this->worker->respond(new Payload('rest'));

        self::assertSame(['half', Frame::STREAM], $this->bodyAndStream());
        self::assertSame(['rest', 0], $this->bodyAndStream());
        $this->server->task('next');
        self::assertNull($this->worker->receive());
    }

    public function testSecondAnswerIsRefused(): void
    {
        $this->receive('task');
        $this->worker->respond(new Payload('one'));
        $answers = [
            fn () => $this->worker->respond(new Payload('two')),
            fn () => $this->worker->error('two'),
            fn () => $this->worker->respondPart(new Payload('two')),
            fn () => $this->worker->respondStream(['two']),
        ];
        foreach ($answers as $second) {
            try {
                $second();
                self::fail('a second answer was sent');
            } catch (LogicException $e) {
                self::assertStringStartsWith('there is no task to answer: it was answered already', $e->getMessage());
            }
        }
    }

    public function testReceivingWithATaskUnansweredIsRefused(): void
    {
        $this->receive('task');
        $this->expectException(LogicException::class);
        $this->expectExceptionMessage('the last task has no answer yet');
        $this->worker->receive();
    }

    /**
     * @dataProvider unexpected
     */
    public function testRefusesWhatNoWorkerUnderstands(string $bytes, string $shown): void
    {
        $this->server->write($bytes);
        $this->expectException(ProtocolException::class);
        $this->expectExceptionMessage("unexpected frame from the server: $shown");
        $this->worker->receive();
    }

    public function unexpected(): iterable
    {
        yield 'control' => [Vectors::bytes('worker', 'unknown-control-for-worker'), 'flags 0x09, 0 options, body "{\"'];
        yield 'control, no JSON' => [Peer::frame(0x09, [], 'hm'), 'flags 0x09, 0 options, body "hm"'];
        yield 'control, a number' => [Peer::frame(0x09, [], '5'), 'flags 0x09, 0 options, body "5"'];
        yield 'no option' => [Vectors::bytes('worker', 'response-without-options'), 'flags 0x00, 0 options'];
        yield 'two options' => [Vectors::bytes('worker', 'response-with-two-options'), 'flags 0x00, 2 options'];
    }

    public function testStopAndPongThatComeTooLateAreSkipped(): void
    {
        $this->server->write(Vectors::bytes('worker', 'stream-cancel') . Vectors::bytes('worker', 'pong'));
        $this->receive('task');
        $this->worker->respond(new Payload('x'));
        self::assertSame('x', $this->server->read()['body']);
    }

    public function testStreamsAsRecordedWhereTheRelayCannotBePolled(): void
    {
        $this->connect(false);
        $this->receive('task');
        $this->server->write(Vectors::bytes('worker', 'pong'));
        for ($i = 0; $i < 7; ++$i) {
            self::assertTrue($this->worker->respondPart(new Payload("chunk$i", $i === 0 ? '{"h":1}' : '')));
        }
        $this->worker->respond(new Payload('last'));

        for ($i = 0; $i < 8; ++$i) {
            $this->assertSent(Vectors::bytes('worker', "stream-frame-$i"));
        }
    }

    public function testStopInAnswerToAPingEndsTheStream(): void
    {
        $this->connect(false);
        $this->receive('task');
        $this->server->write(Vectors::bytes('worker', 'stream-cancel'));

        self::assertFalse($this->worker->respondStream(self::endless($produced)));
        self::assertSame(6, $produced);
    }

    public function testSendsEachChunkAtOnceAndNoPingWhereTheRelayCanBePolled(): void
    {
        $this->receive('task');
        $sent = [];
        $chunks = function () use (&$sent): iterable {
            for ($i = 0; $i < 8; ++$i) {
                yield "chunk$i";
                $sent[] = $this->server->read(); // it is there before the next is made
            }
        };

        self::assertTrue($this->worker->respondStream($chunks(), '{"h":1}', Frame::JSON));

        $sent[] = $this->server->read();
        $bodies = implode(',', array_column($sent, 'body'));
        self::assertSame('chunk0,chunk1,chunk2,chunk3,chunk4,chunk5,chunk6,chunk7,', $bodies);
        self::assertSame(['{"h":1}', '', '', '', '', '', '', '', ''], array_column($sent, 'context'));
        self::assertSame([1, 1, 1, 1, 1, 1, 1, 1, 0], array_column($sent, 'stream'));
        self::assertSame(array_fill(0, 9, Frame::JSON), array_column($sent, 'flags'));
    }

    public function testStopEndsAStreamAndRunsTheGeneratorsFinally(): void
    {
        $this->receive('task');
        $this->server->write(Vectors::bytes('worker', 'stream-cancel'));

        self::assertFalse($this->worker->respondStream(self::endless($produced, $finished)));

        self::assertSame([1, true], [$produced, $finished]);
        self::assertSame(['chunk', Frame::STREAM], $this->bodyAndStream());
        $this->assertSent(Vectors::bytes('worker', 'stream-cancel-answer'));
        $this->receive('next');
    }

    public function testStreamOfNothingIsAPlainAnswer(): void
    {
        $this->receive('task');
        self::assertTrue($this->worker->respondStream([], '{"a":1}'));
        $answer = $this->server->read();
        self::assertSame(['{"a":1}', '', 0], [$answer['context'], $answer['body'], $answer['stream']]);
    }

    public function testEmptyFirstChunkCarriesTheContextLaterOnesAreLeftOut(): void
    {
        $this->receive('task');
        $this->worker->respondStream(['', '', 'x', ''], 'ctx');
        self::assertSame(['', Frame::STREAM], $this->bodyAndStream());
        self::assertSame(['x', Frame::STREAM], $this->bodyAndStream());
        self::assertSame(['', 0], $this->bodyAndStream());
    }

    public function testStreamThatFailsInTheMiddleEndsWithAnError(): void
    {
        $this->receive('task');
        $chunks = (static function (): iterable {
            yield 'half';
            throw new RuntimeException('no more');
        })();
        try {
            $this->worker->respondStream($chunks);
            self::fail('the exception was swallowed');
        } catch (RuntimeException $e) {
            $this->worker->error($e->getMessage());
        }
        self::assertSame(['half', Frame::STREAM], $this->bodyAndStream());
        $end = $this->server->read();
        self::assertSame([Frame::ERROR, 0, 'no more'], [$end['flags'], $end['stream'], $end['body']]);
    }

    public function testStreamEndsWhenTheServerIsGone(): void
    {
        $this->receive('task');
        $this->server->close();
        $this->expectException(RelayException::class);
        $this->worker->respondStream(self::endless());
    }

    public function testStopCommandInTheMiddleOfAStreamWaitsForItsEnd(): void
    {
        $this->receive('task');
        $this->server->command('{"stop":true}');
        self::assertTrue($this->worker->respondPart(new Payload('a')));
        $this->worker->respond(new Payload('b'));
        self::assertNull($this->worker->receive());
    }

    public function testServeKeepsGoingAfterFailures(): void
    {
        $this->server->task('throw');
        $this->server->task('forget');
        $this->server->task('unreadable');
        $this->server->task('fine');
        $this->server->command('{"stop":true}');

        $this->worker->serve(
            function (): ?Payload {
                $task = $this->worker->receive();

                return $task?->body === 'unreadable' ? throw new RuntimeException('cannot read') : $task;
            },
            fn (Payload $task) => match ($task->body) {
                'throw' => throw new RuntimeException('thrown'),
                'forget' => null,
                default => $this->worker->respond(new Payload('ok')),
            },
        );

        $answer = $this->server->read();
        self::assertSame(Frame::ERROR, $answer['flags']);
        self::assertStringStartsWith('RuntimeException: thrown in ' . __FILE__, $answer['body']);
        self::assertSame('the handler returned without an answer', $this->server->read()['body']);
        self::assertStringStartsWith('RuntimeException: cannot read', $this->server->read()['body']);
        self::assertSame('ok', $this->server->read()['body']);
    }

    public function testServeEndsWithTheConnection(): void
    {
        $this->server->write('garbage that is no frame');
        $this->expectException(ProtocolException::class);
        $this->worker->serve($this->worker->receive(...), static fn () => null);
    }

    private function connect(bool $pollable): void
    {
        [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $this->worker = new Worker(new Relay($a, $a, 'test', $pollable));
        $this->server = new Peer($b, $b);
    }

    private function receive(string $body): void
    {
        $this->server->task($body);
        self::assertSame($body, $this->worker->receive()->body);
    }

    private function assertSent(string $bytes): void
    {
        self::assertSame(bin2hex($bytes), bin2hex($this->server->read()['bytes']));
    }

    /**
     * @return array{string, int}
     */
    private function bodyAndStream(): array
    {
        $frame = $this->server->read();

        return [$frame['body'], $frame['stream']];
    }

    private static function endless(?int &$produced = 0, ?bool &$finished = false): iterable
    {
        $produced = 0;
        try {
            while (++$produced < 1000) {
                yield 'chunk';
            }
        } finally {
            $finished = true;
        }
    }
}
