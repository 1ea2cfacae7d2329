<?php

declare(strict_types=1);

namespace RR\Tests;

use InvalidArgumentException;
use PHPUnit\Framework\TestCase;
use RR\Exception\CodecException;
use RR\Frame;
use RR\Http\JsonContext;
use RR\Http\ProtoContext;
use RR\Http\Request;
use RR\Http\Response;
use RR\Http\Upload;
use RR\HttpWorker;
use RR\Relay;
use RR\Tests\Support\Peer;
use RR\Tests\Support\Vectors;
use RR\Worker;
use RuntimeException;

/**
 * Requests and responses as the server writes and reads them, in both encodings.
 */
final class HttpWorkerTest extends TestCase
{
    private HttpWorker $http;

    private Peer $server;

    protected function setUp(): void
    {
        [$a, $b] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $this->http = new HttpWorker(new Worker(new Relay($a, $a, 'test')));
        $this->server = new Peer($b, $b);
    }

    /**
     * @dataProvider requests
     */
    public function testReadsRecordedRequests(string $vector, Request $expected): void
    {
        $this->server->write(Vectors::bytes('http', $vector));
        self::assertEquals($expected, $this->http->receive());
    }

    public function requests(): iterable
    {
        $get = static fn (string $path): Request
            => new Request('GET', "http://localhost/$path", ['Accept' => ['*/*']], ['s' => '1'], 'a=1');
        foreach (['json34', 'proto35'] as $codec) {
            yield "$codec hello" => ["$codec-request-hello", $get('hello?a=1')];
            yield "$codec stream" => ["$codec-request-stream", $get('stream')];
        }
        $local = 'http://127.0.0.1:38080';
        $curl = ['User-Agent' => ['curl/7.88.1'], 'Accept' => ['*/*']];
        yield 'query and cookies' => ['rr2025-request-get-query-cookies', new Request(
            'GET',
            "$local/a%20b?x[]=1&y=2&z=a+b",
            ['Cookie' => ['s=a%2Fb; t=q; bad=%zz'], 'X-Multi' => ['1', '2']] + $curl,
            ['s' => 'a/b', 't' => 'q'],
            'x[]=1&y=2&z=a+b',
        )];
        $form = ['Content-Type' => ['application/x-www-form-urlencoded']];
        yield 'form' => ['rr2025-request-post-form', new Request(
            'POST',
            "$local/form",
            $curl + ['Content-Length' => ['48']] + $form,
            body: '{"a":{"b":["1","2"]},"c":"3","d":{"x":{"y":"4"}},"e":"","f":["z"],"g":"2"}',
            parsed: true,
        )];
        $empty = new Request('POST', "$local/emptyform", $form + $curl, parsed: true);
        yield 'empty form' => ['rr2025-request-post-empty-form', $empty];
        $json = ['Content-Length' => ['7'], 'Content-Type' => ['application/json']];
        yield 'JSON body' => ['rr2025-request-put-json', new Request('PUT', "$local/raw", $json + $curl, body: '{"a":1}')];
    }

    /**
     * @dataProvider multipart
     */
    public function testReadsUploadsAndTheResolvedAddress(string $vector): void
    {
        $this->server->write(Vectors::bytes('http', $vector));
        $request = $this->http->receive();
        self::assertSame('10.0.0.1', $request->remoteAddr);
        self::assertSame('10.0.0.1', $request->attribute('ipAddress'));
        self::assertSame(['n' => ['k' => 'v']], $request->form());
        self::assertEquals([
            'f' => new Upload('u.txt', 'text/plain', 5, 0, '/var/tmp/upload3080927267'),
            'm' => [new Upload('a.php', 'x/y', 0, 8, '')],
        ], $request->uploads());
    }

    public function multipart(): iterable
    {
        yield ['json-request-multipart'];
        yield ['proto-request-multipart'];
    }

    /**
     * @dataProvider responses
     *
     * @param array<string, string|list<string>> $headers
     */
    public function testAnswersAsRecorded(string $vector, int $status, array $headers): void
    {
        $expected = Vectors::of('http')[$vector];
        $this->receive($expected['decoded']['flags']);
        $this->http->respond($status, $expected['decoded']['body_utf8'], $headers);
        $this->assertSent($expected);
    }

    public function responses(): iterable
    {
        $hello = ['Content-Type' => 'application/json', 'Set-Cookie' => ['a=1', 'b=2']];
        yield ['json35-response-hello-0', 200, $hello];
        yield ['proto35-response-hello-0', 200, $hello];
        yield ['json35-response-103-1', 404, ['X-A' => ['1', '2']]];
        yield ['proto35-response-103-1', 404, ['X-A' => ['1', '2']]];
        yield ['proto-response-trailers', 200, ['Trailer' => 'X-T1, X-T2', 'X-T1' => 'a', 'X-T2' => ['b', 'c']]];
    }

    /**
     * @dataProvider codecs
     */
    public function testStreamsInTheCodecItGot(string $name, int $codec): void
    {
        $this->receive($codec);
        self::assertTrue($this->http->stream(200, ['part0;', 'part1;'], ['X-S' => 1]));

        $this->assertSent(Vectors::of('http')["$name-response-stream-0"]);
        foreach (['part1;' => Frame::STREAM, '' => 0] as $body => $stream) {
            $frame = $this->server->read();
            self::assertSame([$codec, $stream], [$frame['flags'], $frame['stream']]);
            self::assertSame(['', $body], [$frame['context'], $frame['body']]);
        }
    }

    /**
     * @dataProvider codecs
     */
    public function testInformsBeforeItAnswers(string $name, int $codec): void
    {
        $this->receive($codec);
        $this->http->inform(103, ['Link' => '</a.css>; rel=preload']);
        $this->http->respond(404, 'nf', ['X-A' => ['1', '2']]);

        $this->assertSent(Vectors::of('http')["$name-response-103-0"]);
        $this->assertSent(Vectors::of('http')["$name-response-103-1"]);
    }

    public function codecs(): iterable
    {
        yield ['json35', Frame::JSON];
        yield ['proto35', Frame::PROTO];
    }

    public function testRequestWithoutCodecIsJsonAndSoIsItsAnswer(): void
    {
        $this->receive(0);
        $this->http->respond(204);
        $answer = $this->server->read();
        self::assertSame([Frame::JSON, '{"status":204,"headers":{}}'], [$answer['flags'], $answer['context']]);
    }

    public function testProtobufCarriesAnyBytesAndAnyLength(): void
    {
        $values = ["\xFF\x00\x80", '', str_repeat('v', 127), str_repeat('w', 128), str_repeat('x', 20000)];
        $list = '';
        foreach ($values as $value) {
            $list .= self::field("\x0A", $value);
        }
        $entry = self::field("\x0A", 'X-Any') . self::field("\x12", $list);

        self::assertSame("\x08\xD7\x04" . self::field("\x12", $entry), ProtoContext::encode(599, ['X-Any' => $values]));
        $request = self::field("\x1A", 'GET') . self::field("\x22", '/') . self::field("\x2A", $entry);
        self::assertSame(['X-Any' => $values], ProtoContext::decode($request, '')->headers);
    }

    public function testProtobufSkipsFieldsItDoesNotKnow(): void
    {
        $known = substr(Vectors::bytes('http', 'rr2025-request-get-query-cookies'), 16);
        $unknown = "\x58\x96\x01" . "\x61ABCDEFGH" . "\x6A\x03abc" . "\x75ABCD" . "\xC2\x3E\x01x"
            . "\x58\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
        self::assertEquals(ProtoContext::decode($known, ''), ProtoContext::decode($unknown . $known . $unknown, ''));
    }

    public function testProtobufCutOffOrFlippedNeverHangsNorWarns(): void
    {
        $whole = substr(Vectors::bytes('http', 'proto-request-multipart'), 16);
        mt_srand(5);
        $broken = 0;
        for ($round = 0; $round < 20000; ++$round) {
            $bytes = substr($whole, 0, mt_rand(0, strlen($whole)));
            for ($flips = mt_rand(0, 3); $flips > 0 && $bytes !== ''; --$flips) {
                $bytes[mt_rand(0, strlen($bytes) - 1)] = chr(mt_rand(0, 255));
            }
            try {
                ProtoContext::decode($bytes, '');
            } catch (CodecException $e) {
                self::assertStringStartsWith('the server sent a broken request: malformed protobuf', $e->getMessage());
                ++$broken;
            }
        }
        self::assertGreaterThan(10000, $broken);
    }

    /**
     * @dataProvider brokenContexts
     */
    public function testBrokenRequestsFailAloneAndAreExplained(int $codec, string $context, string $message): void
    {
        $this->server->task('', $context, $codec);
        $this->server->write(Vectors::bytes('http', 'json34-request-hello'));
        $this->server->command('{"stop":true}');

        $this->http->run(static fn (): string => 'fine');

        $error = $this->server->read();
        self::assertSame(Frame::ERROR, $error['flags']);
        self::assertStringContainsString($message, $error['body']);
        self::assertSame('fine', $this->server->read()['body']);
    }

    public function brokenContexts(): iterable
    {
        yield [Frame::JSON, '{"method":', 'the server sent a broken request: Syntax error'];
        yield [Frame::JSON, '', 'the server sent a broken request: Syntax error'];
        yield [Frame::JSON, '5', 'the server sent an incomplete request: no `method`'];
        yield [Frame::JSON, '{"method":"GET"}', 'the server sent an incomplete request: no `uri`'];
        $wrongType = '{"method":5,"uri":"/","remoteAddr":"","protocol":"","rawQuery":"","parsed":false}';
        yield [Frame::JSON, $wrongType, 'must be of type string, int given'];
        yield [Frame::PROTO, "\x0A\x7F", 'malformed protobuf'];
        yield [Frame::PROTO, '', 'no method or uri'];
        yield [Frame::MSGPACK, 'x', 'a request came in codec 16'];
    }

    public function testAttributesMayBeSingleValuesOrLists(): void
    {
        $context = '{"method":"GET","uri":"/","remoteAddr":"1.1.1.1","protocol":"HTTP/1.1","rawQuery":"","parsed":false,'
            . '"attributes":{"a":"x","b":["y","z"]}}';
        $request = JsonContext::decode($context, '');
        self::assertSame(['a' => ['x'], 'b' => ['y', 'z']], $request->attributes);
        self::assertSame(['x', 'y'], [$request->attribute('a'), $request->attribute('b')]);
        self::assertNull($request->attribute('c'));
    }

    /**
     * @dataProvider handlers
     */
    public function testRunAnswersWhatTheHandlerReturns(callable $handler, string $context, string $body): void
    {
        $this->receiveInRun($handler);
        $answer = $this->server->read();
        self::assertSame([$context, $body], [$answer['context'], $answer['body']]);
    }

    public function handlers(): iterable
    {
        $context = static fn (int $status, string $type): string
            => '{"status":' . $status . ',"headers":{"Content-Type":["' . $type . '"]}}';
        $html = $context(200, 'text/html; charset=utf-8');
        yield 'string' => [static fn (Request $r): string => "<p>{$r->path()}", $html, '<p>/hello'];
        yield 'html' => [static fn () => Response::html('<p>'), $html, '<p>'];
        yield 'text' => [static fn () => Response::text('t', 404), $context(404, 'text/plain; charset=utf-8'), 't'];
        yield 'json' => [static fn () => Response::json(['a' => 1.0]), $context(200, 'application/json'), '{"a":1.0}'];
        $chunks = new \ArrayIterator(['c']);
        yield 'stream' => [static fn () => new Response(200, $chunks), '{"status":200,"headers":{}}', 'c'];
    }

    /**
     * @dataProvider failingHandlers
     */
    public function testRunTurnsFailuresIntoErrorsAndGoesOn(callable $handler, string $message): void
    {
        $this->server->write(Vectors::bytes('http', 'json34-request-err') . Vectors::bytes('http', 'json34-request-hello'));
        $this->server->command('{"stop":true}');

        $this->http->run(static fn (Request $request) => $request->path() === '/err' ? $handler() : 'fine');

        $error = $this->server->read();
        self::assertSame(Frame::ERROR, $error['flags']);
        self::assertStringStartsWith($message, $error['body']);
        self::assertSame('fine', $this->server->read()['body']);
    }

    public function failingHandlers(): iterable
    {
        $codec = 'RR\Exception\CodecException: ';
        yield 'throws' => [static fn () => throw new RuntimeException('exploded'), 'RuntimeException: exploded in ' . __FILE__];
        yield 'type error' => [static fn () => strlen(5), 'TypeError: strlen()'];
        yield 'nothing' => [static fn () => null, 'the handler returned without an answer'];
        yield 'wrong type' => [static fn () => ['a'], 'UnexpectedValueException: the handler returned array: expected a Re'];
        yield 'wrong status' => [static fn () => new Response(999), 'InvalidArgumentException: a response has a status of'];
        yield 'not UTF-8' => [static fn () => new Response(200, '', ['X' => "\xFF"]), $codec . 'headers cannot be sent: Malf'];
        yield 'no name' => [static fn () => new Response(200, '', ['X: 1']), $codec . 'a header has no name: write ['];
    }

    public function testRunLetsTheHandlerAnswerItself(): void
    {
        $this->receiveInRun(function (Request $request): void {
            $this->http->respond(201, 'mine');
        });
        self::assertSame('mine', $this->server->read()['body']);
    }

    public function testHeadersOfAnyScalarAreText(): void
    {
        $this->receive(Frame::JSON);
        $this->http->respond(200, '', ['Content-Length' => 5, 'X-List' => [3 => 'a', 4 => 6]]);
        self::assertSame('{"status":200,"headers":{"Content-Length":["5"],"X-List":["a","6"]}}', $this->server->read()['context']);
    }

    public function testInterimStatusIsChecked(): void
    {
        $this->receive(Frame::JSON);
        $this->expectException(InvalidArgumentException::class);
        $this->http->inform(200);
    }

    private function receive(int $codec): void
    {
        $name = $codec === Frame::PROTO ? 'proto35-request-hello' : 'json34-request-hello';
        $this->server->task('', substr(Vectors::bytes('http', $name), 16), $codec);
        self::assertSame('/hello', $this->http->receive()->path());
    }

    private function receiveInRun(callable $handler): void
    {
        $this->server->write(Vectors::bytes('http', 'json34-request-hello'));
        $this->server->command('{"stop":true}');
        $this->http->run($handler);
    }

    private static function field(string $tag, string $bytes): string
    {
        $size = strlen($bytes);
        $length = '';
        while ($size > 127) {
            $length .= chr($size % 128 + 128);
            $size = intdiv($size, 128);
        }

        return $tag . $length . chr($size) . $bytes;
    }

    /**
     * @param array<string, mixed> $vector
     */
    private function assertSent(array $vector): void
    {
        $sent = $this->server->read();
        if ($vector['decoded']['flags'] === Frame::PROTO) {
            self::assertSame(bin2hex($vector['bytes']), bin2hex($sent['bytes']));

            return;
        }
        // The recorded package writes slashes as `\/`, we do not.
        self::assertSame(Frame::JSON, $sent['flags']);
        self::assertSame($vector['decoded']['stream_byte'], $sent['stream']);
        self::assertSame(str_replace('\/', '/', $vector['decoded']['context_utf8']), $sent['context']);
        self::assertSame($vector['decoded']['body_utf8'] ?? '', $sent['body']);
    }
}
