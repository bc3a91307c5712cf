-- --------------------------------------------------------
-- Host:                         127.0.0.1
-- Server version:               5.7.33 - MySQL Community Server (GPL)
-- Server OS:                    Win64
-- HeidiSQL Version:             11.2.0.6213
-- --------------------------------------------------------

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8 */;
/*!50503 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;


-- Dumping database structure for whmcs
CREATE DATABASE IF NOT EXISTS `whmcs` /*!40100 DEFAULT CHARACTER SET utf8 */;
USE `whmcs`;

-- Dumping structure for table whmcs.tblclients
CREATE TABLE IF NOT EXISTS `tblclients` (
  `id` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `companyname` text NOT NULL,
  `email` text NOT NULL,
  `city` text NOT NULL,
  `status` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

-- Dumping data for table whmcs.tblclients: ~2 rows (approximately)
/*!40000 ALTER TABLE `tblclients` DISABLE KEYS */;
INSERT INTO `tblclients` (`id`, `firstname`, `lastname`, `companyname`, `email`, `city`, `status`) VALUES
	(1, 'Ada', 'Adler', 'Adler GmbH', 'ada@qz1.example', 'Berlin', 'Active'),
	(2, 'Ben', 'Brandt', '', 'ben@qz2.example', 'Bonn', 'Active');
/*!40000 ALTER TABLE `tblclients` ENABLE KEYS */;

-- Dumping structure for table whmcs.tblcontacts
CREATE TABLE IF NOT EXISTS `tblcontacts` (
  `id` int(10) NOT NULL,
  `userid` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `email` text NOT NULL,
  `subaccount` int(1) NOT NULL,
  `permissions` text NOT NULL,
  `invoiceemails` tinyint(1) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

-- Dumping data for table whmcs.tblcontacts: ~6 rows (approximately)
/*!40000 ALTER TABLE `tblcontacts` DISABLE KEYS */;
INSERT INTO `tblcontacts` (`id`, `userid`, `firstname`, `lastname`, `email`, `subaccount`, `permissions`, `invoiceemails`) VALUES
	(1, 1, 'F1', 'L1', 'c1@qz1.example', 1, 'invoices,tickets', 1),
	(2, 1, 'F2', 'L2', 'c2@qz1.example', 1, 'invoices,tickets', 1),
	(3, 1, 'F3', 'L3', 'c3@qz1.example', 1, 'invoices,tickets', 1),
	(4, 1, 'F4', 'L4', 'c4@qz1.example', 1, 'invoices,tickets', 1),
	(5, 1, 'F5', 'L5', 'c5@qz1.example', 1, 'invoices,tickets', 1),
	(6, 1, 'F6', 'L6', 'c6@qz1.example', 1, 'invoices,tickets', 1);
/*!40000 ALTER TABLE `tblcontacts` ENABLE KEYS */;

/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;
/*!40014 SET FOREIGN_KEY_CHECKS=IFNULL(@OLD_FOREIGN_KEY_CHECKS, 1) */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40111 SET SQL_NOTES=IFNULL(@OLD_SQL_NOTES, 1) */;
