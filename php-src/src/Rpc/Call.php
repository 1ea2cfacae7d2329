<?php

declare(strict_types=1);

namespace RR\Rpc;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Frame;
use RR\Rpc;

/**
 * A call on its way to the server. Drop it to ignore its result.
 */
final class Call
{
    private Frame|RelayException|null $outcome = null;

    /** @internal see {@see Rpc::callAsync()} */
    public function __construct(
        private readonly Rpc $rpc,
        private readonly string $method,
        private readonly Codec $codec,
        private readonly ?object $into,
    ) {
    }

    /**
     * Waits for the result.
     *
     * @throws ServiceException the server answered with an error
     * @throws RelayException   the connection broke; the call may or may not have been carried out
     * @throws CodecException   the result cannot be decoded
     */
    public function await(): mixed
    {
        while ($this->outcome === null) {
            $this->rpc->collect();
        }
        if ($this->outcome instanceof RelayException) {
            throw $this->outcome;
        }
        if ($this->outcome->flags & Frame::ERROR) {
            throw new ServiceException($this->outcome->body, $this->method, $this->rpc->address);
        }

        return $this->codec->decode($this->outcome->body, $this->into);
    }

    /** @internal */
    public function settle(Frame|RelayException $outcome): void
    {
        $this->outcome = $outcome;
    }
}
