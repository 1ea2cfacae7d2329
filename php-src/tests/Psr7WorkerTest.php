<?php

declare(strict_types=1);

namespace RR\Tests;

use PHPUnit\Framework\TestCase;
use Psr\Http\Message\ServerRequestInterface;
use RR\Frame;
use RR\HttpWorker;
use RR\Psr7Worker;
use RR\Relay;
use RR\Tests\Support\Peer;
use RR\Tests\Support\Vectors;
use RR\Worker;
use RuntimeException;

/**
 * PSR-7 messages, with each library that is installed.
 */
final class Psr7WorkerTest extends TestCase
{
    private Peer $server;

    public function libraries(): iterable
    {
        yield 'nyholm' => ['Nyholm\Psr7\Factory\Psr17Factory'];
        yield 'guzzle' => ['GuzzleHttp\Psr7\HttpFactory'];
    }

    /**
     * @dataProvider libraries
     */
    public function testMakesARequestOfEverythingTheServerSent(string $factory): void
    {
        $worker = $this->worker($factory);
        $this->server->write(Vectors::bytes('http', 'rr2025-request-get-query-cookies'));
        $request = $worker->receive();

        self::assertSame('GET', $request->getMethod());
        self::assertSame('http://127.0.0.1:38080/a%20b?x%5B%5D=1&y=2&z=a+b', (string) $request->getUri());
        self::assertSame('127.0.0.1:38080', $request->getHeaderLine('Host'));
        self::assertSame(['1', '2'], $request->getHeader('x-multi'));
        self::assertSame(['s' => 'a/b', 't' => 'q'], $request->getCookieParams());
        self::assertSame(['x' => ['1'], 'y' => '2', 'z' => 'a b'], $request->getQueryParams());
        self::assertSame('1.1', $request->getProtocolVersion());
        self::assertSame('', (string) $request->getBody());
        self::assertNull($request->getParsedBody());
        $server = $request->getServerParams();
        self::assertSame('/a%20b?x[]=1&y=2&z=a+b', $server['REQUEST_URI']);
        self::assertSame('127.0.0.1', $server['REMOTE_ADDR']);
        self::assertSame('curl/7.88.1', $server['HTTP_USER_AGENT']);
        self::assertSame('1, 2', $server['HTTP_X_MULTI']);
        self::assertSame($_SERVER['argv'], $server['argv']);
    }

    /**
     * @dataProvider libraries
     */
    public function testFormsAndBodies(string $factory): void
    {
        $worker = $this->worker($factory);
        $this->server->write(Vectors::bytes('http', 'rr2025-request-post-form'));
        $request = $worker->receive();
        self::assertSame(['b' => ['1', '2']], $request->getParsedBody()['a']);
        self::assertSame('application/x-www-form-urlencoded', $request->getServerParams()['CONTENT_TYPE']);
        $worker->http->respond(200);

        $this->server->write(Vectors::bytes('http', 'rr2025-request-post-empty-form'));
        self::assertSame([], $worker->receive()->getParsedBody());
        $worker->http->respond(200);

        $this->server->write(Vectors::bytes('http', 'rr2025-request-put-json'));
        $request = $worker->receive();
        self::assertSame('PUT', $request->getMethod());
        self::assertSame('{"a":1}', (string) $request->getBody());
        self::assertNull($request->getParsedBody());
    }

    /**
     * @dataProvider libraries
     */
    public function testUploadsAndAttributes(string $factory): void
    {
        $worker = $this->worker($factory);
        $path = tempnam(sys_get_temp_dir(), 'rr');
        file_put_contents($path, 'hello');
        $this->request([
            'uploads' => [
                'f' => ['name' => 'u.txt', 'mime' => 'text/plain', 'size' => 5, 'error' => 0, 'tmpName' => $path],
                'm' => [['name' => 'a.php', 'mime' => 'x/y', 'size' => 0, 'error' => 8, 'tmpName' => '']],
            ],
            'parsed' => true,
            'attributes' => ['ipAddress' => ['10.0.0.1'], 'two' => ['a', 'b']],
        ], '{}');
        $request = $worker->receive();

        ['f' => $file, 'm' => [$refused]] = $request->getUploadedFiles();
        self::assertSame(['u.txt', 'text/plain'], [$file->getClientFilename(), $file->getClientMediaType()]);
        self::assertSame([5, 0], [$file->getSize(), $file->getError()]);
        self::assertSame('hello', (string) $file->getStream());
        self::assertSame(8, $refused->getError());
        self::assertSame(['ipAddress' => '10.0.0.1', 'two' => ['a', 'b']], $request->getAttributes());
        self::assertSame('10.0.0.1', $request->getServerParams()['REMOTE_ADDR']);
        unlink($path);
    }

    /**
     * @dataProvider libraries
     */
    public function testProtocolsHostsAndStrangeHeaders(string $factory): void
    {
        $worker = $this->worker($factory);
        foreach (['HTTP/1.0' => '1.0', 'HTTP/2.0' => '2', 'HTTP/3.0' => '3', 'odd' => '1.1'] as $protocol => $version) {
            $headers = ['123' => ['x'], 'Proxy' => ['evil']];
            $this->request(['protocol' => $protocol, 'uri' => 'https://a.b:8443/x', 'headers' => $headers]);
            $request = $worker->receive();
            self::assertSame($version, $request->getProtocolVersion());
            self::assertSame('a.b:8443', $request->getHeaderLine('Host'));
            self::assertSame('on', $request->getServerParams()['HTTPS']);
            self::assertArrayNotHasKey('HTTP_PROXY', $request->getServerParams());
            self::assertFalse($request->hasHeader('123'));
            $worker->http->respond(200);
        }
    }

    /**
     * @dataProvider libraries
     */
    public function testRunAnswersAndSurvives(string $factory): void
    {
        $worker = $this->worker($factory);
        $psr = new $factory();
        $this->request(['uri' => 'http://x/hello']);
        $this->request(['uri' => 'http://x/err']);
        $this->request(['uri' => 'http://x:99999999/']);
        $this->request(['uri' => 'http://x/early']);
        $this->server->command('{"stop":true}');

        $worker->run(static function (ServerRequestInterface $request) use ($psr, $worker) {
            if ($request->getUri()->getPath() === '/err') {
                throw new RuntimeException('application exploded');
            }
            if ($request->getUri()->getPath() === '/early') {
                $worker->respond($psr->createResponse(103)->withHeader('Link', '</a.css>'));
            }
            $response = $psr->createResponse(201)->withHeader('X-A', ['1', '2'])->withBody($psr->createStream('body'));
            $response->getBody()->read(2); // wherever it was left, all of it is sent

            return $response;
        });

        $answer = $this->server->read();
        self::assertSame('{"status":201,"headers":{"X-A":["1","2"]}}', $answer['context']);
        self::assertSame('body', $answer['body']);
        self::assertStringStartsWith('RuntimeException: application exploded', $this->server->read()['body']);
        self::assertSame(Frame::ERROR, $this->server->read()['flags']);
        $early = $this->server->read();
        self::assertSame('{"status":103,"headers":{"Link":["</a.css>"]}}', $early['context']);
        self::assertSame(Frame::STREAM, $early['stream']);
        self::assertSame('body', $this->server->read()['body']);
    }

    /**
     * @dataProvider libraries
     */
    public function testLongBodiesAreStreamed(string $factory): void
    {
        [$worker, $psr, $sent] = $this->intoAFile($factory);

        $content = random_bytes(3_000_000);
        $worker->respond($psr->createResponse()->withHeader('X', 'y')->withBody($psr->createStream($content)));

        $sent = $sent();
        $received = '';
        for ($parts = 0; ($frame = $sent->read())['stream'] === Frame::STREAM; ++$parts) {
            $received .= $frame['body'];
            self::assertSame($parts === 0 ? '{"status":200,"headers":{"X":["y"]}}' : '', $frame['context']);
        }
        self::assertTrue($received . $frame['body'] === $content, 'the body came out changed');
        self::assertGreaterThan(10, $parts);
    }

    /**
     * @dataProvider libraries
     */
    public function testBodiesInMemoryAreOneFrame(string $factory): void
    {
        [$worker, $psr, $sent] = $this->intoAFile($factory);
        $content = random_bytes(1_000_000);
        $body = $psr->createStream($content);
        $body->read(100_000); // wherever it was left, all of it is sent
        $worker->respond($psr->createResponse()->withHeader('X', 'y')->withBody($body));

        $frame = $sent()->read();
        self::assertSame(0, $frame['stream']);
        self::assertSame('{"status":200,"headers":{"X":["y"]}}', $frame['context']);
        self::assertTrue($frame['body'] === $content, 'the body came out changed');
        self::assertFalse($worker->http->worker->isBusy());
    }

    /**
     * What the tested worker sends goes to a file, which holds more than a socket does. It has a request in hand.
     *
     * @return array{Psr7Worker, object, callable(): Peer}
     */
    private function intoAFile(string $factory): array
    {
        $this->worker($factory); // skips the test where the library is missing
        $psr = new $factory();
        [$in, $server] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        fwrite($server, Vectors::bytes('http', 'json34-request-hello'));
        $out = tmpfile();
        $worker = new Psr7Worker(new HttpWorker(new Worker(new Relay($in, $out, 'test'))), $psr, $psr, $psr);
        $worker->receive();
        $sent = static function () use ($out, $server): Peer {
            rewind($out);

            return new Peer($out, $server);
        };

        return [$worker, $psr, $sent];
    }

    private function worker(string $factory): Psr7Worker
    {
        if (!class_exists($factory)) {
            self::markTestSkipped("$factory is not installed");
        }
        [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $this->server = new Peer($b, $b);
        $psr = new $factory();

        return new Psr7Worker(new HttpWorker(new Worker(new Relay($a, $a, 'test'))), $psr, $psr, $psr);
    }

    /**
     * @param array<string, mixed> $context
     */
    private function request(array $context, string $body = ''): void
    {
        $context += [
            'remoteAddr' => '127.0.0.1',
            'protocol' => 'HTTP/1.1',
            'method' => 'GET',
            'uri' => 'http://x/',
            'rawQuery' => '',
            'parsed' => false,
        ];
        $this->server->task($body, json_encode($context), Frame::JSON);
    }
}
