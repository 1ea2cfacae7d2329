<?php

declare(strict_types=1);

namespace RR\Client;

use InvalidArgumentException;
use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

/**
 * Locks in the server's memory, shared by all processes that call it: the service `lock`.
 *
 * A lock belongs to an id of your choice, one for each who competes: `bin2hex(random_bytes(16))`. All methods throw
 * {@see ServiceException}, {@see RelayException} and {@see CodecException} as {@see Rpc::call()} does.
 */
final class Locks
{
    /** Fields of the messages. */
    private const RESOURCE = 1;
    private const ID = 2;
    private const TTL = 3;
    private const WAIT = 4;
    private const OK = 1;

    public function __construct(private readonly Rpc $rpc)
    {
    }

    /**
     * Takes a lock for `$id` alone, waiting for it in turn. Who alone {@see lockRead() reads} may take it as well.
     *
     * @param float|null $ttl  seconds after which it ends by itself; null: never
     * @param float      $wait seconds to wait for it; an `Rpc` with a shorter timeout gives up before
     *
     * @return bool whether it was taken
     */
    public function lock(string $resource, string $id, ?float $ttl = null, float $wait = 0.0): bool
    {
        return $this->take('lock.Lock', $resource, $id, $ttl, $wait);
    }

    /**
     * Takes a lock that others may share: they read, and nobody writes.
     *
     * @param float|null $ttl  seconds after which it ends by itself; null: never
     * @param float      $wait seconds to wait for it
     *
     * @return bool whether it was taken
     */
    public function lockRead(string $resource, string $id, ?float $ttl = null, float $wait = 0.0): bool
    {
        return $this->take('lock.LockRead', $resource, $id, $ttl, $wait);
    }

    /** Lets go; false if `$id` did not hold the lock, because its time was over for example. */
    public function release(string $resource, string $id): bool
    {
        return $this->call('lock.Release', $resource, Proto::bytes(self::ID, $id));
    }

    /** Takes the lock away from all who hold it; false if nobody did. */
    public function forceRelease(string $resource): bool
    {
        return $this->call('lock.ForceRelease', $resource, '');
    }

    /** Whether `$id` holds the lock, or anybody if it is null. */
    public function exists(string $resource, ?string $id = null): bool
    {
        return $this->call('lock.Exists', $resource, Proto::bytes(self::ID, $id ?? '*'));
    }

    /**
     * Has the time of the lock begin anew; false if `$id` does not hold it.
     *
     * @param float|null $ttl seconds from now; null: without end
     */
    public function updateTtl(string $resource, string $id, ?float $ttl): bool
    {
        $ttl = Proto::integer(self::TTL, self::microseconds($ttl ?? 0.0));

        return $this->call('lock.UpdateTTL', $resource, Proto::bytes(self::ID, $id) . $ttl);
    }

    private function take(string $method, string $resource, string $id, ?float $ttl, float $wait): bool
    {
        $times = Proto::integer(self::TTL, self::microseconds($ttl ?? 0.0))
            . Proto::integer(self::WAIT, self::microseconds($wait));

        return $this->call($method, $resource, Proto::bytes(self::ID, $id) . $times);
    }

    private function call(string $method, string $resource, string $fields): bool
    {
        $result = $this->rpc->call($method, Proto::bytes(self::RESOURCE, $resource) . $fields, Codec::Proto);

        return (bool) (Proto::read($result)[self::OK] ?? 0);
    }

    private static function microseconds(float $seconds): int
    {
        if (!($seconds >= 0.0 && $seconds < 1e12)) {
            throw new InvalidArgumentException("$seconds is no number of seconds to wait for: it must be from 0 to 1e12");
        }

        return (int) round($seconds * 1e6);
    }
}
