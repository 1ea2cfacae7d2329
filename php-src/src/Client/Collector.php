<?php

declare(strict_types=1);

namespace RR\Client;

/**
 * What a metric is: its kind, its labels, and how its values are put together.
 */
final class Collector
{
    /**
     * @param array<string, mixed> $definition
     */
    private function __construct(private readonly array $definition)
    {
    }

    /**
     * A number that only grows.
     *
     * @param list<string> $labels names
     */
    public static function counter(string $help, array $labels = [], string $namespace = '', string $subsystem = ''): self
    {
        return self::of('counter', $help, $labels, $namespace, $subsystem);
    }

    /**
     * A number that rises and falls.
     *
     * @param list<string> $labels names
     */
    public static function gauge(string $help, array $labels = [], string $namespace = '', string $subsystem = ''): self
    {
        return self::of('gauge', $help, $labels, $namespace, $subsystem);
    }

    /**
     * Values counted by their size.
     *
     * @param list<string> $labels  names
     * @param list<float>  $buckets upper bounds, rising; by default those of Prometheus, 0.005 to 10
     */
    public static function histogram(
        string $help,
        array $labels = [],
        array $buckets = [],
        string $namespace = '',
        string $subsystem = '',
    ): self {
        return self::of('histogram', $help, $labels, $namespace, $subsystem, ['buckets' => $buckets]);
    }

    /**
     * Quantiles of the values of the last ten minutes.
     *
     * @param list<string>         $labels     names
     * @param array<string, float> $objectives how far off a quantile may be: `['0.5' => 0.05, '0.99' => 0.001]`
     */
    public static function summary(
        string $help,
        array $labels = [],
        array $objectives = [],
        string $namespace = '',
        string $subsystem = '',
    ): self {
        return self::of('summary', $help, $labels, $namespace, $subsystem, ['objectives' => (object) $objectives]);
    }

    /**
     * @internal
     *
     * @return array<string, mixed> as the server reads it
     */
    public function definition(): array
    {
        return $this->definition;
    }

    /**
     * @param list<string>         $labels
     * @param array<string, mixed> $more
     */
    private static function of(
        string $type,
        string $help,
        array $labels,
        string $namespace,
        string $subsystem,
        array $more = [],
    ): self {
        return new self(compact('namespace', 'subsystem', 'type', 'help', 'labels') + $more);
    }
}
