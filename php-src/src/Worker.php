<?php

declare(strict_types=1);

namespace RR;

use LogicException;
use RR\Exception\ProtocolException;
use RR\Exception\RelayException;
use Throwable;

use function count;
use function strlen;

/**
 * One worker process seen from inside: takes tasks from the server, answers each once, stops when asked.
 *
 * Knows tasks and answers as bytes; what they mean is up to its user, such as {@see HttpWorker}.
 *
 * It watches the turns, because an answer too many would reach the wrong client: calling {@see receive()} with
 * a task unanswered, or answering twice, is a `LogicException`.
 */
final class Worker
{
    /** Frames of a streamed answer between two PINGs, where the relay cannot be asked for a STOP. */
    private const PING_EVERY = 5;

    /** The server knows this wish by these very bytes. */
    private const STOP_WISH = '{"stop":true}';

    /** A task was received and not answered yet. */
    private bool $busy = false;

    /** Parts of the current answer that were sent. */
    private int $parts = 0;

    /** The server does not want the rest of the current answer. */
    private bool $cancelled = false;

    /** This worker asked to be replaced, the next task is to be handed back. */
    private bool $leaving = false;

    /** The task in hand went back to the server, for another worker. */
    private bool $handedBack = false;

    /** The server asked to stop, or will not send anything any more. */
    private bool $stopped = false;

    /** @param Zygote|null $zygote forks workers off this process first; `$relay` is where it gets its orders then */
    public function __construct(private Relay $relay, private ?Zygote $zygote = null)
    {
    }

    /**
     * The worker of this process, on the relay the server chose.
     *
     * Call it first in a script: from here on, printed text goes to standard error and cannot break the protocol.
     * Boot the application before the first {@see receive()}: where the server wants a {@see Zygote}, workers are
     * forked there.
     *
     * @throws RelayException
     */
    public static function create(?Environment $environment = null): self
    {
        $environment ??= Environment::fromGlobals();
        $worker = new self(Relay::open($environment->relay), Zygote::wanted($environment));
        Stdio::redirectOutput();
        register_shutdown_function($worker->reportUnanswered(...));

        return $worker;
    }

    /**
     * Waits for the next task. Handshake and other commands of the server are dealt with on the way.
     *
     * @return Payload|null null: stop; let the script end
     *
     * @throws ProtocolException the server sent what no worker understands
     * @throws RelayException    the connection broke
     */
    public function receive(): ?Payload
    {
        if ($this->busy) {
            throw new LogicException('the last task has no answer yet: call respond() or error() before receive()');
        }
        if ($this->zygote !== null) {
            $this->relay = $this->zygote->fork($this->relay);
            $this->zygote = null;
        }
        while (!$this->stopped) {
            $frame = $this->relay->receive();
            if ($frame === null) {
                $this->stopped = true;
            } elseif ($frame->flags & Frame::CONTROL) {
                $this->obey($frame);
            } elseif (count($frame->options) === 1) {
                $this->busy = true;
                $this->parts = 0;
                $this->cancelled = false;
                if (!$this->leaving) {
                    return new Payload($frame->body, $frame->head, $frame->flags & Frame::CODECS);
                }
                $this->stop();
            } elseif (!($frame->stream & (Frame::STOP | Frame::PONG))) { // these may come too late for their answer
                throw self::unexpected($frame);
            }
        }

        return null;
    }

    /**
     * Takes and handles tasks until the server asks to stop.
     *
     * A task that `$handle` leaves without an answer, or with half of one, fails alone, with the reason in the
     * server's log. What `$receive` throws with no task in hand ends the loop: the connection is broken then.
     *
     * @template T of object
     *
     * @param callable(): (T|null) $receive calls {@see receive()} and reads the task; null: stop
     * @param callable(T): mixed   $handle  answers it
     *
     * @throws RelayException
     */
    public function serve(callable $receive, callable $handle): void
    {
        while (true) {
            try {
                $task = $receive();
            } catch (Throwable $e) {
                if (!$this->busy) {
                    throw $e;
                }
                $this->error((string) $e);
                continue;
            }
            if ($task === null) {
                return;
            }
            try {
                $handle($task);
                if ($this->busy) {
                    $this->error('the handler returned without an answer');
                }
            } catch (Throwable $e) {
                $this->busy ? $this->error((string) $e) : Stdio::report("rr: after the answer was sent: $e");
            }
            unset($task, $e); // free them before the wait, not after
        }
    }

    /**
     * Answers the task; after some {@see respondPart()} this is the last part.
     *
     * @throws RelayException
     */
    public function respond(Payload $answer): void
    {
        $this->assertBusy();
        $this->send($answer, 0);
        $this->busy = false;
    }

    /**
     * Answers the task with a body that is made while it is sent; to the server it is one answer as any other.
     *
     * @param int              $size   bytes of the body
     * @param iterable<string> $chunks
     *
     * @throws RelayException also if `$chunks` are not `$size` bytes: let the process end
     */
    public function respondSized(int $size, iterable $chunks, string $context = '', int $codec = 0): void
    {
        $this->assertBusy();
        $this->relay->sendParts(new Frame($codec, '', $context, [strlen($context)]), $size, $chunks);
        $this->busy = false;
    }

    /**
     * Sends a part of an answer at once; more follows, and {@see respond()} or {@see error()} ends it.
     *
     * The server wants the context with the first part; leave it empty in later ones.
     *
     * @return bool false: nobody wants the rest, do not produce it
     *
     * @throws RelayException
     */
    public function respondPart(Payload $part): bool
    {
        $this->assertBusy();
        $ping = !$this->relay->pollable && $this->parts > 0 && $this->parts % self::PING_EVERY === 0;
        ++$this->parts;
        $this->send($part, $ping ? Frame::STREAM | Frame::PING : Frame::STREAM);
        while ($ping || ($this->relay->pollable && $this->relay->pending())) {
            $frame = $this->relay->receive();
            if ($frame === null) {
                throw new RelayException('the server closed the connection in the middle of an answer');
            }
            if ($frame->flags & Frame::CONTROL) {
                $this->obey($frame);
                continue;
            }
            if (!($frame->stream & (Frame::STOP | Frame::PONG))) {
                throw self::unexpected($frame);
            }
            $this->cancelled = $this->cancelled || ($frame->stream & Frame::STOP) !== 0;
            $ping = false;
        }

        return !$this->cancelled;
    }

    /**
     * Answers the task in parts, each sent as soon as `$chunks` yields it, and ends the answer.
     *
     * When nobody wants the rest, `$chunks` is left where it is; a generator runs its `finally` blocks then.
     * What `$chunks` throws comes out of here, with the answer still open: call {@see error()}, never
     * `respond()`, so that the client does not take half an answer for a whole one.
     *
     * @param iterable<string> $chunks
     *
     * @return bool false: nobody wanted the rest
     *
     * @throws RelayException
     */
    public function respondStream(iterable $chunks, string $context = '', int $codec = 0): bool
    {
        $this->assertBusy();
        foreach ($chunks as $chunk) {
            if ($chunk === '' && $context === '') {
                continue;
            }
            if (!$this->respondPart(new Payload($chunk, $context, $codec))) {
                break;
            }
            $context = '';
        }
        $this->respond(new Payload('', $this->cancelled ? '' : $context, $codec));

        return !$this->cancelled;
    }

    /**
     * Fails the task: the server logs the message, and the worker goes on.
     *
     * @throws RelayException
     */
    public function error(string $message): void
    {
        $this->assertBusy();
        $this->relay->send(new Frame(Frame::ERROR, $message));
        $this->busy = false;
    }

    /**
     * Asks to be replaced: the task in hand goes to another worker, then `receive()` is null.
     * With no task in hand, or one whose answer has begun, the next task does.
     *
     * @throws RelayException
     */
    public function stop(): void
    {
        if ($this->busy && $this->parts === 0) {
            $this->send(new Payload('', self::STOP_WISH), 0);
            $this->busy = false;
            $this->handedBack = true;
            $this->stopped = true;
        } else {
            $this->leaving = true;
        }
    }

    /** Whether {@see stop()} gave the last task to another worker: what is still said about it is to be dropped. */
    public function hasHandedBack(): bool
    {
        return $this->handedBack;
    }

    /** Whether a task waits for its answer, or for the end of it. */
    public function isBusy(): bool
    {
        return $this->busy;
    }

    private function send(Payload $payload, int $stream): void
    {
        $context = $payload->context;
        $this->relay->send(new Frame($payload->codec, $payload->body, $context, [strlen($context)], $stream));
    }

    private function assertBusy(): void
    {
        if (!$this->busy) {
            throw new LogicException('there is no task to answer: it was answered already, or none was received');
        }
    }

    private function obey(Frame $command): void
    {
        $order = json_decode($command->body, true);
        if (!empty($order['pid'])) {
            $this->relay->send(new Frame(Frame::CONTROL, '{"pid":' . getmypid() . '}'));
        } elseif (!empty($order['stop'])) {
            $this->stopped = true;
        } else {
            throw self::unexpected($command);
        }
    }

    private static function unexpected(Frame $frame): ProtocolException
    {
        return ProtocolException::unexpected($frame->flags, count($frame->options), $frame->body);
    }

    /** The server would only see the connection end: name the reason beside PHP's own messages in its log. */
    private function reportUnanswered(): void
    {
        if ($this->busy) {
            Stdio::report('rr: the script ended before it answered its task: a fatal error, or exit() in a handler?');
        }
    }
}
