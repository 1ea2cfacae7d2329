<?php

/** The shop's only page, as a function: it is loaded when a worker boots, and then shown again and again. */

declare(strict_types=1);

$text = static fn (mixed $it): string => htmlspecialchars(is_scalar($it) ? (string) $it : '');

/** Prints the page; `$stock` is the count of each article, `$note` what just happened. */
return static function (array $stock, mixed $note) use ($text): void { ?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The shop</title>
<link rel="stylesheet" href="/shop.css">
<main>
    <h1>The shop</h1>
<?php if ($note !== ''): ?>
    <p role="status"><?= $text($note) ?></p>
<?php endif ?>
    <table>
<?php foreach ($stock as $article => $count): ?>
        <tr>
            <td><?= $text($article) ?></td>
            <td><?= $text($count) ?></td>
            <td>
                <form method="post" action="/buy">
                    <button name="article" value="<?= $text($article) ?>"<?= $count > 0 ? '' : ' disabled' ?>>Buy</button>
                </form>
            </td>
        </tr>
<?php endforeach ?>
    </table>
    <footer>Written by PHP worker <?= getmypid() ?>. The numbers are kept by a service in Rust, within the server.</footer>
</main>
<?php };
