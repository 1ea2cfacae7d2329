<?php

declare(strict_types=1);

namespace RR;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc\Call;
use RR\Rpc\Codec;
use WeakReference;

use function count;
use function strlen;

/**
 * Calls services of the server. Works in workers and in any other PHP script.
 *
 * Connects with the first call and again when the connection was lost. Calls may overlap: {@see callAsync()} does
 * not wait, and results are told apart by a sequence number, in whatever order they come.
 */
final class Rpc
{
    /**
     * Bytes of calls that may wait for their results before more is written. A server busy with writing results
     * nobody reads would not read calls either; what fits in the socket's buffer never blocks.
     */
    private const WINDOW = 65536;

    /** What a call takes in that buffer beside its own bytes, roughly. */
    private const OVERHEAD = 512;

    private ?Relay $relay = null;

    /** {@see Zygote::forks()} of the process that has connected. */
    private int $forks = 0;

    private int $sequence = 0;

    /** @var array<int, array{WeakReference<Call>, int}> calls without a result, with their size */
    private array $open = [];

    private int $inFlight = 0;

    /**
     * @param string     $address `tcp://host:port` or `unix:///path`
     * @param Codec      $codec   for calls that do not name one
     * @param float|null $timeout seconds to wait for bytes of a result; null: for ever
     */
    public function __construct(
        public readonly string $address = 'tcp://127.0.0.1:6001',
        private readonly Codec $codec = Codec::Json,
        private readonly ?float $timeout = null,
    ) {
    }

    /** Where `RR_RPC` says the server listens, or else at its default address. */
    public static function create(?Environment $environment = null): self
    {
        return new self(($environment ?? Environment::fromGlobals())->rpc);
    }

    /**
     * Calls a method of the server and waits for its result.
     *
     * @param string      $method   `service.Method`
     * @param object|null $into     message to fill with the result, protobuf only
     *
     * @throws ServiceException the server answered with an error
     * @throws RelayException   no connection, or it broke; then the call may or may not have been carried out
     * @throws CodecException   the argument cannot be encoded, or the result not decoded
     */
    public function call(string $method, mixed $argument = null, ?Codec $codec = null, ?object $into = null): mixed
    {
        return $this->callAsync($method, $argument, $codec, $into)->await();
    }

    /**
     * Calls a method without waiting for its result: start several calls, then {@see Call::await()} each.
     *
     * @throws RelayException no connection
     * @throws CodecException the argument cannot be encoded
     */
    public function callAsync(string $method, mixed $argument = null, ?Codec $codec = null, ?object $into = null): Call
    {
        $codec ??= $this->codec;
        $argument = $codec->encode($argument);
        $size = self::OVERHEAD + strlen($method) + strlen($argument);
        while ($this->open !== [] && $this->inFlight + $size > self::WINDOW) {
            $this->collect();
        }
        $sequence = $this->sequence = $this->sequence % 0xFFFFFFFF + 1;
        $this->send(new Frame($codec->value, $argument, $method, [$sequence, strlen($method)]));
        $call = new Call($this, $method, $codec, $into);
        $this->open[$sequence] = [WeakReference::create($call), $size];
        $this->inFlight += $size;

        return $call;
    }

    /**
     * Takes the next result and gives it to its call; a broken connection is the result of all open ones.
     *
     * @internal
     */
    public function collect(): void
    {
        $this->leaveParents();
        if ($this->open === []) {
            return;
        }
        try {
            $frame = $this->relay?->receive()
                ?? throw new RelayException("`{$this->address}` closed the connection before it answered");
            $sequence = $frame->options[0] ?? 0;
            if (count($frame->options) !== 2 || !isset($this->open[$sequence])) {
                throw new RelayException("`{$this->address}` answered a call that nobody made, sequence $sequence");
            }
        } catch (RelayException $broken) {
            $this->disconnect($broken);

            return;
        }
        [$call, $size] = $this->open[$sequence];
        unset($this->open[$sequence]);
        $this->inFlight -= $size;
        $call->get()?->settle($frame);
    }

    /** Sends a call, over a new connection if need be: the server does not act on one that it got in part. */
    private function send(Frame $frame): void
    {
        $this->leaveParents();
        // Nothing is due, so what there is to read is the end of the connection.
        if ($this->relay !== null && $this->open === [] && $this->relay->pending()) {
            $this->relay = null;
        }
        if ($this->relay !== null) {
            try {
                $this->relay->send($frame);

                return;
            } catch (RelayException $broken) {
                $this->disconnect($broken);
            }
        }
        $this->relay = Relay::connect($this->address, $this->timeout);
        $this->forks = Zygote::forks();
        $this->relay->send($frame);
    }

    /** A connection from before a fork is the parent's, and so are the results of its calls. */
    private function leaveParents(): void
    {
        if ($this->relay !== null && $this->forks !== Zygote::forks()) {
            $this->disconnect(new RelayException('the process that made this call has forked this one since'));
        }
    }

    private function disconnect(RelayException $reason): void
    {
        $this->relay = null;
        foreach ($this->open as [$call]) {
            $call->get()?->settle($reason);
        }
        $this->open = [];
        $this->inFlight = 0;
    }
}
