<?php

declare(strict_types=1);

namespace RR\Tests;

use InvalidArgumentException;
use PHPUnit\Framework\TestCase;
use RR\Client\Collector;
use RR\Client\Informer;
use RR\Client\Locks;
use RR\Client\Logger;
use RR\Client\Metrics;
use RR\Client\Programs;
use RR\Client\Proto;
use RR\Client\Resetter;
use RR\Client\Status;
use RR\Exception\CodecException;
use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Tests\Support\Process;

/**
 * The typed clients, against a server that answers what was recorded, and shows or scripts the rest.
 */
final class ClientTest extends TestCase
{
    private static ?Process $process = null;

    private static Rpc $rpc;

    public static function setUpBeforeClass(): void
    {
        self::$process = new Process('services.php', arguments: ['tcp://127.0.0.1:0']);
        self::$rpc = new Rpc(self::$process->peer->line());
    }

    public static function tearDownAfterClass(): void
    {
        self::$process = null;
    }

    public function testLocksSendWhatWasRecorded(): void
    {
        $locks = new Locks(self::$rpc);
        self::assertTrue($locks->lock('res', 'id-1', 1.5, 0.25));
        self::assertTrue($locks->lock('res', 'id-1'));
        self::assertTrue($locks->lockRead('res', 'id-2', 2.0));
        self::assertTrue($locks->exists('res'));
        self::assertTrue($locks->updateTtl('res', 'id-1', 3.0));
        self::assertTrue($locks->release('res', 'id-1'));
        self::assertTrue($locks->forceRelease('res'));
        self::assertFalse($locks->release('no', 'no'), 'an empty answer is a no');
    }

    /**
     * @dataProvider noTimes
     */
    public function testLocksTakeTimesThatCanBe(float $seconds): void
    {
        $this->expectException(InvalidArgumentException::class);
        (new Locks(self::$rpc))->lock('res', 'id-1', $seconds);
    }

    public function noTimes(): iterable
    {
        yield [-1.0];
        yield [NAN];
        yield [INF];
        yield [1e12];
    }

    public function testMetricsSendWhatWasRecorded(): void
    {
        $metrics = new Metrics(self::$rpc);
        $metrics->add('hits', 1.5, ['a', 'b']);
        $metrics->set('temp', 2);
        $metrics->declare('lat', Collector::histogram('h', ['path'], [0.1, 0.5], 'ns'));
        self::assertTrue($metrics->unregister('lat'));
    }

    /**
     * @dataProvider calls
     *
     * @param callable(Rpc): mixed $call
     */
    public function testCallsInJson(callable $call, string $method, mixed $argument): void
    {
        try {
            $call(self::$rpc);
            self::fail('the server of this test shows calls in its errors');
        } catch (ServiceException $e) {
            self::assertSame($method, $e->method);
            self::assertSame(json_encode($argument), $e->error);
        }
    }

    public function calls(): iterable
    {
        $metric = static fn (float $value, array $labels = []): array
            => ['name' => 'm', 'value' => $value, 'labels' => $labels];
        $metrics = static fn (callable $call): callable => static fn (Rpc $rpc) => $call(new Metrics($rpc));
        yield [$metrics(fn (Metrics $it) => $it->add('m')), 'metrics.Add', $metric(1.0)];
        yield [$metrics(fn (Metrics $it) => $it->sub('m', 2, ['x' => 'a'])), 'metrics.Sub', $metric(2.0, ['a'])];
        yield [$metrics(fn (Metrics $it) => $it->set('m', -0.5)), 'metrics.Set', $metric(-0.5)];
        yield [$metrics(fn (Metrics $it) => $it->observe('m', 0.5, [7])), 'metrics.Observe', $metric(0.5, ['7'])];
        $of = static fn (string $type, array $more = []): array => ['name' => 'm', 'collector' => [
            'namespace' => 'n', 'subsystem' => 's', 'type' => $type, 'help' => 'h', 'labels' => ['l'],
        ] + $more];
        foreach (['counter', 'gauge'] as $type) {
            $declare = fn (Metrics $it) => $it->declare('m', Collector::$type('h', ['l'], 'n', 's'));
            yield [$metrics($declare), 'metrics.Declare', $of($type)];
        }
        foreach ([['0.5' => 0.05, '1' => 0.1], []] as $objectives) {
            $declare = fn (Metrics $it) => $it->declare('m', Collector::summary('h', ['l'], $objectives, 'n', 's'));
            yield [$metrics($declare), 'metrics.Declare', $of('summary', ['objectives' => (object) $objectives])];
        }
        yield [fn (Rpc $rpc) => (new Informer($rpc))->addWorker('http'), 'informer.AddWorker', 'http'];
        yield [fn (Rpc $rpc) => (new Informer($rpc))->removeWorker('http'), 'informer.RemoveWorker', 'http'];
        yield [fn (Rpc $rpc) => (new Informer($rpc))->load('http'), 'informer.Load', 'http'];
        yield [fn (Rpc $rpc) => (new Resetter($rpc))->reset('http'), 'resetter.Reset', 'http'];
        yield [fn (Rpc $rpc) => (new Logger($rpc))->error('e'), 'app.Error', 'e'];
        yield [fn (Rpc $rpc) => (new Logger($rpc))->warning('w'), 'app.Warning', 'w'];
        yield [fn (Rpc $rpc) => (new Logger($rpc))->debug('d'), 'app.Debug', 'd'];
    }

    public function testTheLoggerSendsWhatWasRecorded(): void
    {
        $logger = new Logger(self::$rpc);
        $logger->info('hello');
        $logger->info('hello', ['k' => 'v', 'n' => 1]);
        $logger->write('raw line');
        $this->addToAssertionCount(3);
    }

    public function testWorkersAndServices(): void
    {
        $informer = new Informer(self::$rpc);
        self::assertSame(['http'], $informer->services());
        self::assertSame(['http'], (new Resetter(self::$rpc))->services());
        self::assertNull($informer->workers('nope'));
        [$worker] = $informer->workers('http');
        self::assertSame(
            [7, 'ready', 3, 1.5, 4096, 2.0, '', null, null],
            array_values((array) $worker),
        );
    }

    public function testProgramsSendWhatWasRecorded(): void
    {
        $programs = new Programs(self::$rpc);
        $programs->create('svc', 'php a.php', 2, 3, true, ['A' => 'b'], 30, 5, true);
        $programs->restart('svc');
        $programs->terminate('svc');
        self::assertSame(['svc'], $programs->names());
        [$process] = $programs->processes('svc');
        self::assertSame([42, 'php a.php', 1024, 1.5, 'gone'], array_values((array) $process));
        self::assertSame([], $programs->processes('idle'));
    }

    public function testStatus(): void
    {
        $status = new Status(self::$rpc);
        $health = $status->health('http');
        self::assertSame([200, '', true], [$health->code, $health->message, $health->isFine()]);
        $ready = $status->readiness('http');
        self::assertSame([503, 'busy', false], [$ready->code, $ready->message, $ready->isFine()]);
    }

    /**
     * @dataProvider integers
     */
    public function testIntegersSurvive(int $value): void
    {
        self::assertSame([3 => $value], Proto::read(Proto::integer(3, $value)));
    }

    public function integers(): iterable
    {
        foreach ([0, 1, 127, 128, 300, 1 << 32, PHP_INT_MAX, -1, PHP_INT_MIN] as $value) {
            yield [$value];
        }
    }

    public function testUnknownFieldsAreReadOver(): void
    {
        $message = "\x09" . '12345678' . "\x15" . '1234' . Proto::bytes(200, 'x') . Proto::integer(1, 5);
        self::assertSame([1 => 5, 2 => '1234', 200 => 'x'], Proto::read($message));
    }

    /**
     * @dataProvider broken
     */
    public function testBrokenMessagesAreTold(string $message): void
    {
        $this->expectException(CodecException::class);
        Proto::read($message);
    }

    public function broken(): iterable
    {
        yield 'no value' => ["\x08"];
        yield 'a number without end' => ["\x08" . str_repeat("\xFF", 11)];
        yield 'text cut off' => ["\x0A\x05abc"];
        yield 'a group' => ["\x0B"];
        yield 'a negative length' => ["\x0A" . str_repeat("\xFF", 9) . "\x01"];
        yield 'eight bytes cut off' => ["\x09abc"];
    }

    public function testARepeatedFieldIsReadInItsOrder(): void
    {
        $message = Proto::bytes(1, 'a') . Proto::integer(2, 7) . Proto::bytes(1, '') . Proto::bytes(1, 'b');
        self::assertSame(['a', '', 'b'], Proto::each($message, 1));
        self::assertSame([], Proto::each($message, 3));
        self::assertSame(-1.25, Proto::float("\x00\x00\xa0\xbf"));
        $this->expectException(CodecException::class);
        Proto::float('abc');
    }
}
