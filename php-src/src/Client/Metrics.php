<?php

declare(strict_types=1);

namespace RR\Client;

use RR\Exception\CodecException;
use RR\Exception\RelayException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

/**
 * Metrics of the application, for Prometheus: the service `metrics`.
 *
 * A metric is declared in `metrics.collect` of `.rr.yaml`, or once by {@see declare()}; its labels are given by their
 * values, in the order of their names. All methods throw {@see ServiceException}, {@see RelayException} and
 * {@see CodecException} as {@see Rpc::call()} does.
 */
final class Metrics
{
    public function __construct(private readonly Rpc $rpc)
    {
    }

    /** Makes a metric known. One that is declared already stays as it is, so that every worker may do this. */
    public function declare(string $name, Collector $collector): void
    {
        $this->rpc->call('metrics.Declare', ['name' => $name, 'collector' => $collector->definition()], Codec::Json);
    }

    /** Forgets a metric with its values; false if there was none. */
    public function unregister(string $name): bool
    {
        return (bool) $this->rpc->call('metrics.Unregister', $name, Codec::Json);
    }

    /**
     * Adds to a counter or gauge.
     *
     * @param list<string> $labels values
     */
    public function add(string $name, float $value = 1.0, array $labels = []): void
    {
        $this->push('metrics.Add', $name, $value, $labels);
    }

    /**
     * Takes from a gauge.
     *
     * @param list<string> $labels values
     */
    public function sub(string $name, float $value = 1.0, array $labels = []): void
    {
        $this->push('metrics.Sub', $name, $value, $labels);
    }

    /**
     * Sets a gauge.
     *
     * @param list<string> $labels values
     */
    public function set(string $name, float $value, array $labels = []): void
    {
        $this->push('metrics.Set', $name, $value, $labels);
    }

    /**
     * Notes a value in a histogram or summary.
     *
     * @param list<string> $labels values
     */
    public function observe(string $name, float $value, array $labels = []): void
    {
        $this->push('metrics.Observe', $name, $value, $labels);
    }

    /** @param list<string> $labels */
    private function push(string $method, string $name, float $value, array $labels): void
    {
        $labels = array_map('strval', array_values($labels));
        $this->rpc->call($method, ['name' => $name, 'value' => $value, 'labels' => $labels], Codec::Json);
    }
}
