<?php

declare(strict_types=1);

namespace RR\Tests;

use PHPUnit\Framework\TestCase;
use RR\Exception\CodecException;
use RR\Http\Request;
use RR\Http\Upload;

/**
 * What a handler reads out of a request.
 */
final class RequestTest extends TestCase
{
    /**
     * @dataProvider uris
     */
    public function testTakesPathAndHostOutOfTheUri(string $uri, string $host, string $path): void
    {
        $request = new Request('GET', $uri);
        self::assertSame([$host, $path], [$request->host(), $request->path()]);
    }

    public function uris(): iterable
    {
        yield ['http://localhost/hello?a=1', 'localhost', '/hello'];
        yield ['https://example.com:8443/a%20b/c', 'example.com:8443', '/a%20b/c'];
        yield ['http://[::1]:80/x', '[::1]:80', '/x'];
        yield ['http://localhost', 'localhost', '/'];
        yield ['http://localhost?x=/y', 'localhost', '/'];
        yield ['http://localhost/a?x=http://b/c', 'localhost', '/a'];
        yield ['http://localhost//a//b', 'localhost', '//a//b'];
        yield ['/only/path?x', '', '/only/path'];
    }

    public function testParsesTheQueryAsPhpDoes(): void
    {
        $request = new Request('GET', 'http://x/', rawQuery: 'x[]=1&y=2&z=a+b&n[k]=v');
        self::assertSame(['x' => ['1'], 'y' => '2', 'z' => 'a b', 'n' => ['k' => 'v']], $request->query());
        self::assertSame([], (new Request('GET', 'http://x/'))->query());
    }

    public function testHeadersAreFoundWhateverTheirCase(): void
    {
        $request = new Request('GET', 'http://x/', ['X-Multi' => ['1', '2'], 'Etag' => ['"a"']]);
        self::assertSame('1, 2', $request->header('X-Multi'));
        self::assertSame('1, 2', $request->header('x-multi'));
        self::assertSame('"a"', $request->header('ETag'));
        self::assertNull($request->header('None'));
    }

    public function testFormIsThereOnlyIfTheServerParsedOne(): void
    {
        $form = static fn (string $body, bool $parsed): ?array
            => (new Request('POST', 'http://x/', body: $body, parsed: $parsed))->form();
        self::assertNull($form('{"a":1}', false));
        self::assertSame(['a' => ['b' => '1']], $form('{"a":{"b":"1"}}', true));
        self::assertSame([], $form('', true));
        self::assertSame([], $form('{}', true));
    }

    /**
     * @dataProvider brokenTrees
     */
    public function testBrokenTreesAreSaid(string $json, string $message): void
    {
        $this->expectException(CodecException::class);
        $this->expectExceptionMessage("the server sent a broken form tree: $message");
        (new Request('POST', 'http://x/', body: $json, parsed: true))->form();
    }

    public function brokenTrees(): iterable
    {
        yield ['{"a":', 'Syntax error'];
        yield ['5', 'not an object'];
    }

    public function testUploadsKeepTheShapeOfTheirFields(): void
    {
        $leaf = static fn (string $name): array
            => ['name' => $name, 'mime' => 'text/plain', 'size' => 5, 'error' => 0, 'tmpName' => '/tmp/x'];
        $tree = ['f' => $leaf('a'), 'm' => [$leaf('b'), $leaf('c')], 'n' => ['name' => $leaf('d')]];
        $upload = static fn (string $name): Upload => new Upload($name, 'text/plain', 5, 0, '/tmp/x');
        $expected = ['f' => $upload('a'), 'm' => [$upload('b'), $upload('c')], 'n' => ['name' => $upload('d')]];

        self::assertEquals($expected, (new Request('POST', 'http://x/', uploadTree: $tree))->uploads());
        self::assertEquals($expected, (new Request('POST', 'http://x/', uploadTree: json_encode($tree)))->uploads());
        self::assertSame([], (new Request('GET', 'http://x/'))->uploads());
    }

    public function testMovesAnUpload(): void
    {
        $from = tempnam(sys_get_temp_dir(), 'rr');
        file_put_contents($from, 'data');
        $upload = new Upload('a.txt', 'text/plain', 4, UPLOAD_ERR_OK, $from);
        $upload->moveTo("$from.moved");
        self::assertSame('data', file_get_contents("$from.moved"));
        unlink("$from.moved");

        $this->expectExceptionMessage("cannot move `$from` to `$from.moved`: ");
        $upload->moveTo("$from.moved");
    }

    public function testAFailedUploadCannotBeMoved(): void
    {
        $this->expectExceptionMessage('there is no file: the upload of `a.php` failed, error 8');
        (new Upload('a.php', '', 0, 8, ''))->moveTo('/tmp/x');
    }
}
